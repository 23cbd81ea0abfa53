import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ERROR_KINDS, type ErrorKind } from '@supergraph/errors';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The page that lists every error code a client may meet. */
export const DOCUMENT_FILE = fileURLToPath(new URL('../docs/errors.md', import.meta.url));

/** One `new DomainError(…)` of a catalogue. */
export interface CatalogueError {
  code: string;
  kind: ErrorKind;
  /** With `{placeholder}` where the catalogue function puts a value. */
  message: string;
  /** The room it belongs to, for instance `subgraphs/order`. */
  room: string;
  file: string;
}

/** A code that no catalogue makes: GraphQL's own, the HTTP server's, the router's. */
export interface OtherError {
  code: string;
  http: string;
  when: string;
  /** Where the code stands in our sources; undefined when a library makes it. */
  file: string | undefined;
}

/** Every code that reaches clients without a DomainError. The test holds `file` against the sources. */
export const OTHER_ERRORS: readonly OtherError[] = [
  { code: 'GRAPHQL_PARSE_FAILED', http: '400', when: 'The operation is not GraphQL.', file: undefined },
  { code: 'GRAPHQL_VALIDATION_FAILED', http: '400', when: 'The operation does not fit the schema.', file: undefined },
  { code: 'BAD_USER_INPUT', http: '400', when: 'A variable does not fit its type.', file: undefined },
  {
    code: 'OPERATION_RESOLUTION_FAILURE',
    http: '400',
    when: 'The request has several operations and does not say which, or names one it does not have.',
    file: 'router/src/gateway/execute-operation.ts',
  },
  {
    code: 'SUBSCRIPTION_NOT_SUPPORTED',
    http: '400',
    when: 'A subscription came over a door that gives a single answer.',
    file: 'router/src/gateway/execute-operation.ts',
  },
  {
    code: 'UNAUTHORIZED_FIELD_OR_TYPE',
    http: '200',
    when: 'The caller may not see the field at `path`, which is null. A mutation is refused whole.',
    file: 'router/src/authorization/unauthorized-error.ts',
  },
  {
    code: 'PERSISTED_QUERY_NOT_FOUND',
    http: '200',
    when: 'A hash was sent without its operation, and the server does not know it: send both.',
    file: undefined,
  },
  {
    code: 'PERSISTED_DOCUMENT_NOT_FOUND',
    http: '404',
    when: 'No manifest of the clients that this endpoint serves has a document with the `documentId`: release the client, or send the query.',
    file: 'router/src/persisted/persisted-request.ts',
  },
  {
    code: 'QUERY_NOT_IN_SAFELIST',
    http: '403',
    when: 'This endpoint takes only the operations that stand in the manifests of its clients: send their `documentId`.',
    file: 'router/src/persisted/persisted-request.ts',
  },
  {
    code: 'BAD_REQUEST',
    http: '400, 405',
    when: 'The request is not one: bad JSON, no query, a mutation by GET, bytes that are not HTTP, a request that any web page could have sent, a header twice that may come once.',
    file: 'packages/service/src/http-server.ts',
  },
  { code: 'BODY_TOO_LARGE', http: '413', when: 'The body is larger than is accepted.', file: 'packages/service/src/http-server.ts' },
  {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    http: '415',
    when: 'The body is not JSON in UTF-8, or it is compressed.',
    file: 'packages/service/src/http-server.ts',
  },
  { code: 'HEADERS_TOO_LARGE', http: '431', when: 'The headers or the URL are too large.', file: 'packages/service/src/http-server.ts' },
  { code: 'METHOD_NOT_ALLOWED', http: '405', when: 'The path has other methods, which `Allow` names.', file: 'packages/service/src/http-server.ts' },
  { code: 'NOT_FOUND', http: '404', when: 'The path leads nowhere.', file: 'packages/service/src/http-server.ts' },
  {
    code: 'MAX_TOKENS_LIMIT',
    http: '400',
    when: 'The operation has too many tokens. `limit` and `value` say how much.',
    file: 'router/src/limits/operation-limits.ts',
  },
  {
    code: 'MAX_EXPANDED_SELECTIONS_LIMIT',
    http: '400',
    when: 'The operation selects too much once its fragments are written out. `limit` and `value` say how much.',
    file: 'router/src/limits/operation-limits.ts',
  },
  {
    code: 'MAX_DEPTH_LIMIT',
    http: '400',
    when: 'The operation is too deep. `limit` and `value` say how much.',
    file: 'router/src/limits/operation-limits.ts',
  },
  {
    code: 'MAX_ALIASES_LIMIT',
    http: '400',
    when: 'The operation has too many aliases. `limit` and `value` say how much.',
    file: 'router/src/limits/operation-limits.ts',
  },
  {
    code: 'MAX_ROOT_FIELDS_LIMIT',
    http: '400',
    when: 'The operation has too many fields of Query or Mutation. `limit` and `value` say how much.',
    file: 'router/src/limits/operation-limits.ts',
  },
  {
    code: 'MAX_DIRECTIVES_LIMIT',
    http: '400',
    when: 'The operation has too many directives. `limit` and `value` say how much.',
    file: 'router/src/limits/operation-limits.ts',
  },
  {
    code: 'MAX_VARIABLES_LIMIT',
    http: '400',
    when: 'The operation declares too many variables. `limit` and `value` say how much.',
    file: 'router/src/limits/operation-limits.ts',
  },
  { code: 'MAX_VARIABLES_BYTES_LIMIT', http: '400', when: 'The variables are too large.', file: 'router/src/limits/variables-limit.ts' },
  {
    code: 'MAX_LIST_SIZE_LIMIT',
    http: '400',
    when: 'A list was asked for with too large a size, or a negative one.',
    file: 'router/src/limits/list-size-limit.ts',
  },
  {
    code: 'SLICING_ARGUMENT_REQUIRED',
    http: '400',
    when: 'A list has to be asked for with one of its size arguments.',
    file: 'router/src/limits/field-cost.ts',
  },
  {
    code: 'COST_LIMIT_EXCEEDED',
    http: '400',
    when: 'The operation may cost more than its caller has: `estimated` and `budget`.',
    file: 'router/src/limits/cost-limit.ts',
  },
  {
    code: 'RATE_LIMITED',
    http: '429',
    when: 'Too much in too short a time; `retryAfterSeconds`.',
    file: 'router/src/rate-limit/request-rate-limit.ts',
  },
  { code: 'OVERLOADED', http: '503', when: 'The router has too much to do at the moment.', file: 'router/src/load-shedding.ts' },
  {
    code: 'SUBSCRIPTIONS_DISABLED',
    http: '403',
    when: 'The router serves no streams: `subscriptions.enabled` is false.',
    file: 'router/src/streams/stream-refusals.ts',
  },
  {
    code: 'ORIGIN_NOT_ALLOWED',
    http: '403',
    when: 'A WebSocket from a page whose origin is not allowed.',
    file: 'router/src/streams/websocket-door.ts',
  },
  {
    code: 'STREAM_NOT_FOUND',
    http: '404',
    when: "There is no event stream with this token, or it is somebody else's. Reserve one by PUT.",
    file: 'router/src/streams/shared-streams.ts',
  },
  {
    code: 'STREAM_TAKEN',
    http: '409',
    when: 'The event stream with this token is read already.',
    file: 'router/src/streams/shared-streams.ts',
  },
  {
    code: 'OPERATION_ID_TAKEN',
    http: '409',
    when: 'An operation with this `operationId` is under way on the event stream.',
    file: 'router/src/streams/shared-streams.ts',
  },
  {
    code: 'NOT_ACCEPTABLE',
    http: '406',
    when: 'REST: the client takes none of the media types of the answer.',
    file: 'rest/src/http/request-errors.ts',
  },
  {
    code: 'PRECONDITION_REQUIRED',
    http: '428',
    when: 'REST: a change of something that is there needs `If-Match`.',
    file: 'rest/src/http/request-errors.ts',
  },
  {
    code: 'IDEMPOTENCY_KEY_MISSING',
    http: '400',
    when: 'REST: a payment needs an `Idempotency-Key`.',
    file: 'rest/src/http/request-errors.ts',
  },
  {
    code: 'DEADLINE_EXCEEDED',
    http: '503',
    when: 'REST and BFFs: the answer was not there in time. Look before you repeat what changes something.',
    file: 'rest/src/http/error-answers.ts',
  },
  {
    code: 'VIEW_UNAVAILABLE',
    http: '503',
    when: 'BFFs: something that the view cannot do without cannot be reached. Try again shortly.',
    file: 'packages/bff/src/router-problem.ts',
  },
  {
    code: 'ROUTER_UNAVAILABLE',
    http: '503',
    when: 'BFFs: the router cannot be reached. Try again shortly.',
    file: 'packages/bff/src/router-client.ts',
  },
  {
    code: 'ROUTER_ANSWER_INVALID',
    http: '502',
    when: 'BFFs: the router gave no answer that can be shown; the reason is in the log.',
    file: 'packages/bff/src/router-client.ts',
  },
  {
    code: 'OUTCOME_UNKNOWN',
    http: '502',
    when: 'BFFs: a change was sent on, and no answer says whether it happened. Look, for instance at the orders, before you repeat it.',
    file: 'packages/bff/src/router-problem.ts',
  },
  {
    code: 'TOO_MANY_STREAMS',
    http: '429',
    when: 'Web BFF: the session has as many streams as it may have. Close one first.',
    file: 'bffs/web/src/stream-places.ts',
  },
  {
    code: 'STREAMS_EXHAUSTED',
    http: '503',
    when: 'Web BFF: there are as many streams as there may be in all. Try again shortly.',
    file: 'bffs/web/src/stream-places.ts',
  },
  {
    code: 'SUBGRAPH_UNAVAILABLE',
    http: '200',
    when: 'A subgraph does not answer. The rest of the data is there; `reference` is in the log.',
    file: undefined,
  },
  {
    code: 'SUBGRAPH_TIMEOUT',
    http: '200',
    when: 'A subgraph did not answer in time. The rest of the data is there; `reference` is in the log.',
    file: undefined,
  },
  {
    code: 'SUBGRAPH_CIRCUIT_OPEN',
    http: '200',
    when: 'A subgraph failed several times in a row and is left alone for a moment. The rest of the data is there; `reference` is in the log.',
    file: undefined,
  },
  {
    code: 'SUBGRAPH_OVERLOADED',
    http: '200',
    when: 'Too many requests wait for a subgraph. The rest of the data is there; `reference` is in the log.',
    file: undefined,
  },
  {
    code: 'SUBGRAPH_RESPONSE_TOO_LARGE',
    http: '200',
    when: 'A subgraph answered more than is accepted. The rest of the data is there; `reference` is in the log.',
    file: undefined,
  },
  {
    code: 'SUBGRAPH_RESPONSE_INVALID',
    http: '200',
    when: 'A subgraph gave no GraphQL response. The rest of the data is there; `reference` is in the log.',
    file: undefined,
  },
  {
    code: 'OPERATION_TOO_LARGE',
    http: '400',
    when: 'The operation is too large to be authorised. Only where the limits are switched off.',
    file: 'router/src/authorization/analyse-operation.ts',
  },
  {
    code: 'DOWNSTREAM_SERVICE_ERROR',
    http: '200',
    when: 'Never seen by clients: an error of a subgraph that has no code of its own is masked as INTERNAL_SERVER_ERROR.',
    file: 'router/src/engine/execute-plan.ts',
  },
  {
    code: 'INVALID_GRAPHQL',
    http: '200',
    when: 'In `extensions.valueCompletion`: a subgraph sent a value that the schema does not allow; it is null in the data.',
    file: 'router/src/engine/shape-response.ts',
  },
  {
    code: 'INTERNAL_SERVER_ERROR',
    http: '200, or 500 before anything ran',
    when: 'Something nobody foresaw. The reason is only in the log, under the `reference` that the client gets.',
    file: 'packages/service/src/graphql-errors.ts',
  },
];

const fail = (file: string, node: ts.Node, source: ts.SourceFile, problem: string): never => {
  throw new Error(`${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}: ${problem}`);
};

/** `${skus.join(', ')}` becomes `{skus}`: the name of the value is enough. */
const placeholder = (expression: ts.Expression): string => /[A-Za-z_]\w*/.exec(expression.getText())?.[0] ?? 'value';

const readText = (file: string, node: ts.Expression | undefined, source: ts.SourceFile): string => {
  if (node !== undefined && ts.isStringLiteralLike(node)) return node.text;
  if (node !== undefined && ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ expression, literal }) => `{${placeholder(expression)}}${literal.text}`).join('');
  return fail(file, node ?? source, source, 'kind, code and message of a DomainError must stand there as text, for docs/errors.md');
};

/** The DomainErrors that one source file makes. @throws when one cannot be read, or has an unknown kind. */
export const readCatalogue = (file: string, text: string): CatalogueError[] => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: CatalogueError[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText(source) === 'DomainError') {
      const [kind, code, message] = [0, 1, 2].map((index) => readText(file, node.arguments?.[index], source)) as [string, string, string];
      if (!Object.hasOwn(ERROR_KINDS, kind)) fail(file, node, source, `there is no kind '${kind}'`);
      found.push({
        kind: kind as ErrorKind,
        code,
        message,
        room: /^(router|rest|webhooks)\//.exec(file)?.[1] ?? file.split('/').slice(0, 2).join('/'),
        file,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};

/** A door that translates may have to tell, in the owner's very words, what the owner left out of a batch. */
const isRepeated = ({ code, kind, message, room }: CatalogueError, all: readonly CatalogueError[]): boolean =>
  room === 'rest' && all.some((other) => other.room !== room && other.code === code && other.kind === kind && other.message === message);

/** Every DomainError in packages/, subgraphs/, router/, rest/ and webhooks/, tests left out, by room and code. */
export const readCatalogues = (): CatalogueError[] =>
  globSync(['{packages,subgraphs}/*/src/**/*.ts', '{router,rest,webhooks}/src/**/*.ts'], { cwd: ROOT })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/\.test\.ts$|\/generated\/|\/testing(\.ts$|\/)/.test(file))
    .flatMap((file) => readCatalogue(file, readFileSync(`${ROOT}${file}`, 'utf8')))
    .filter((error, _, all) => !isRepeated(error, all))
    .sort((one, other) => `${one.room} ${one.code}`.localeCompare(`${other.room} ${other.code}`, 'en'));

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n');

/** The whole page, as it must stand in docs/errors.md. */
export const errorsDocument = (errors: readonly CatalogueError[]): string => `# Errors

<!-- Generated by \`node tests/errors-document.ts\` from the catalogues of every room; tests/errors-document.test.ts keeps it fresh. -->

Every error has a \`code\` in its \`extensions\`. Codes are stable: branch on them, and show \`message\` to people. \`kind\` groups codes
by what a client can do about them, \`details\` holds the values in the message. Errors that no rule foresaw are masked; what happened
is in the log, under the \`reference\` the client gets.

## Kinds

${table(
  ['kind', '`extensions.kind`', 'HTTP', 'gRPC', 'can the same call succeed later?'],
  Object.entries(ERROR_KINDS).map(([kind, { graphql, http, grpc, retry }]) => [kind, graphql, String(http), String(grpc), retry ? 'yes' : 'no']),
)}

HTTP and gRPC status belong to those doors. In a GraphQL answer errors stand beside the data with status 200; the router answers
with the status itself when it refuses a request before anything is executed.

## Codes

${table(
  ['code', 'kind', 'HTTP', 'retry', 'message', 'room'],
  errors.map(({ code, kind, message, room }) => {
    const { http, retry } = ERROR_KINDS[kind];
    return [`\`${code}\``, kind, String(http), retry ? 'yes' : 'no', message, room];
  }),
)}

## Other codes

These come from GraphQL itself, the HTTP server and the router. They have no \`kind\`, except those that begin with \`SUBGRAPH_\`, whose kind is
\`UNAVAILABLE\`.

${table(
  ['code', 'HTTP', 'when'],
  OTHER_ERRORS.map(({ code, http, when }) => [`\`${code}\``, http, when]),
)}
`;

if (import.meta.main) writeFileSync(DOCUMENT_FILE, errorsDocument(readCatalogues()));
