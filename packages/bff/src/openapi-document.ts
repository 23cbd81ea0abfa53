import { buildSchema, type GraphQLSchema, parse } from 'graphql';
import { z } from 'zod';
import { type JsonSchema, responseSchemaOf } from './response-schema.ts';
import { isRequired, type View } from './view.ts';

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request is not valid: `errors` names each mistake, unknown parameters among them.',
  401: 'Nobody is signed in, or the access token is not valid.',
  403: 'The account may not do this.',
  404: 'There is no such thing, or not for this caller.',
  413: 'The body is larger than 64 KB.',
  415: 'The body is not JSON.',
  422: 'The state of things does not allow this.',
  429: 'Too many requests.',
  500: 'Something went wrong on our side.',
  502: 'The shop gave no answer that can be shown.',
  503: 'Something that the view cannot do without is away, or was not there in time.',
};
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'Who may keep the answer, and for how long.',
  etag: 'Of the answer, for `If-None-Match`.',
  'retry-after': 'When to ask again, in seconds.',
  vary: 'What the answer depends on.',
  'www-authenticate': 'How to sign in.',
};

const requestError = z.strictObject({
  detail: z.string(),
  pointer: z.string().optional().meta({ description: 'JSON Pointer into the body.' }),
  parameter: z.string().optional().meta({ description: 'Name of a query or path parameter.' }),
});

const problem = z
  .strictObject({
    type: z.string().meta({ description: '`urn:supergraph:error:` and the code.' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().meta({ description: 'What is wrong, for people.' }),
    instance: z.string().meta({ description: 'The path that was asked for.' }),
    code: z.string().meta({ description: 'What to branch on.' }),
    errors: z.array(requestError).optional().meta({ description: 'Each mistake in the request.' }),
    details: z.record(z.string(), z.unknown()).optional().meta({ description: 'Values that belong to the code.' }),
    reference: z.string().optional().meta({ description: 'Quote it when you ask us about the error.' }),
  })
  .meta({ description: 'What went wrong (RFC 9457).' });

export interface OpenapiOptions {
  title: string;
  description: string;
  views: readonly View[];
  /** SDL of the contract that the operations are written against. */
  contract: string;
}

const componentOf = ({ name }: View): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}View`;

const statusesOf = ({ method = 'GET', signIn, notFound }: View): number[] =>
  [
    ...[400, 401, 429, 500, 502, 503],
    ...(signIn === undefined ? [] : [403]),
    ...(notFound === undefined ? [] : [404]),
    ...(method === 'POST' ? [413, 415, 422] : []),
  ].sort((a, b) => a - b);

const toJsonSchema = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
};

const parametersOf = (shape: z.ZodRawShape, place: 'path' | 'query') =>
  Object.entries(shape).map(([name, type]) => {
    const { description, examples, ...schema } = toJsonSchema(type as z.ZodType);
    const isRequired = !(type as z.ZodType).safeParse(undefined).success;
    const example = Array.isArray(examples) ? { example: examples[0] } : {};
    return { name, in: place, required: place === 'path' || isRequired, description, schema, ...example };
  });

const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'An ETag: answers 304 when nothing has changed.',
  schema: { type: 'string' },
};

const headersOf = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { description: HEADERS[name], schema: { type: 'string' } }]));

const problemAnswer = (status: number) => ({
  description: PROBLEMS[status],
  headers: headersOf(...(status === 401 ? ['www-authenticate'] : []), ...(status === 503 ? ['retry-after'] : [])),
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

const responsesOf = (view: View) => {
  const { method = 'GET', status = 200 } = view;
  const isGet = method === 'GET';
  const headers = headersOf('cache-control', 'vary', ...(isGet ? ['etag'] : []));
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${componentOf(view)}` } } };
  return Object.fromEntries([
    [status, { description: view.summary, headers, content }],
    ...(isGet ? [[304, { description: 'Nothing has changed.', headers }]] : []),
    ...statusesOf(view).map((problemStatus) => [problemStatus, problemAnswer(problemStatus)]),
  ]);
};

const descriptionOf = ({ summary, mayBeMissing = {} }: View): string => {
  const names = Object.keys(mayBeMissing).map((name) => `\`${name}\``);
  if (names.length === 0) return `${summary} All of it is there, or the answer is a problem.`;
  return `${summary} What could not be had is null, and named in \`missing\`: ${names.join(', ')}. Such an answer is not to be kept.`;
};

const operationOf = (view: View) => ({
  operationId: view.name,
  tags: ['views'],
  summary: view.summary,
  description: descriptionOf(view),
  security: view.signIn === undefined ? [{}, { bearer: [] }] : [{ bearer: [] }],
  parameters: [
    ...parametersOf(view.params ?? {}, 'path'),
    ...parametersOf(view.query ?? {}, 'query'),
    ...((view.method ?? 'GET') === 'GET' ? [IF_NONE_MATCH] : []),
  ],
  ...(view.body && { requestBody: { required: true, content: { 'application/json': { schema: toJsonSchema(view.body) } } } }),
  responses: responsesOf(view),
});

/** The same without null. */
const notNull = ({ anyOf, ...schema }: JsonSchema): JsonSchema => ({ ...schema, ...anyOf?.find(({ type }) => type !== 'null') });

/** The schema of a view's answer, made of its operation and the contract: nobody writes it by hand. */
export const answerSchemaOf = (schema: GraphQLSchema, view: View): JsonSchema => {
  const { document, answer, mayBeMissing = {} } = view;
  const data = responseSchemaOf(schema, parse(document.toString()));
  const { properties = {}, required = [] } = notNull(answer === undefined ? data : (data.properties?.[answer] ?? {}));
  const fields = Object.entries(properties).map(([name, field]) => [name, isRequired(view, name) ? notNull(field) : field]);
  const names = Object.keys(mayBeMissing).sort();
  // An array that holds nothing has no items to describe.
  const missing =
    names.length === 0 ? { type: 'array', maxItems: 0, items: { type: 'string' } } : { type: 'array', items: { type: 'string', enum: names } };
  return {
    type: 'object',
    additionalProperties: false,
    required: [...required, 'missing'],
    properties: { ...Object.fromEntries(fields), missing: { description: 'Names of the parts that could not be had.', ...missing } },
  };
};

/** Places of `mayBeMissing` that the operation does not ask for, or that cannot be null. */
export const impossibleParts = (schema: GraphQLSchema, { document, mayBeMissing = {} }: View): string[] => {
  const data = responseSchemaOf(schema, parse(document.toString()));
  const at = (from: JsonSchema | undefined, key: string): JsonSchema | undefined => {
    const inside = from && notNull(from);
    return inside?.items === undefined ? inside?.properties?.[key] : at(inside.items, key);
  };
  return Object.values(mayBeMissing)
    .flat()
    .filter((place) => place.split('.').reduce(at, data as JsonSchema | undefined)?.anyOf === undefined);
};

/** An OpenAPI 3.1 document of a BFF's views. */
export const openapiOf = ({ title, description, views, contract }: OpenapiOptions) => {
  const schema = buildSchema(contract);
  const pathOf = ({ url }: View): string => url.replaceAll(/:([^/]+)/g, '{$1}');
  return {
    openapi: '3.1.0',
    info: {
      title,
      version: '1.0.0',
      description,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
      contact: { name: 'The maintainers', url: 'https://supergraph.example.com', email: 'api@supergraph.example.com' },
    },
    servers: [{ url: '/', description: 'This server.' }],
    tags: [{ name: 'views', description: 'One request, one screen.' }],
    paths: Object.fromEntries(views.map((view) => [pathOf(view), { [(view.method ?? 'GET').toLowerCase()]: operationOf(view) }])),
    components: {
      schemas: {
        ...Object.fromEntries(views.map((view) => [componentOf(view), answerSchemaOf(schema, view)])),
        Problem: toJsonSchema(problem),
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token: `signIn` of the GraphQL API gives one.' },
      },
    },
  };
};
