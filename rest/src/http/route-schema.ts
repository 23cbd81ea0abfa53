import { z } from 'zod';
import { bodyTypeOf, HAL_TYPE } from './media-types.ts';
import type { AnyRouteOptions } from './route-options.ts';
import { problem } from './schemas.ts';

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request is not valid.',
  401: 'Nobody is signed in, or the access token is not valid.',
  403: 'The account may not do this.',
  404: 'There is no such thing, or not for this caller.',
  406: 'The client takes no JSON.',
  409: 'It conflicts with what is there, or with a request that is still running.',
  412: 'It is in another state than `If-Match` says.',
  413: 'The body is larger than 256 KB.',
  415: 'The body is of another media type.',
  422: 'Its state does not allow this, or the `Idempotency-Key` was used for another request.',
  428: '`If-Match` is missing.',
  429: 'Too many requests.',
  500: 'Something went wrong on our side.',
  503: 'Something that is needed is away. Try again.',
};

const ALWAYS = [400, 401, 406, 429, 500, 503];

const problemsOf = ({ body, ifMatch, idempotency, problems = [] }: AnyRouteOptions): number[] => {
  const implied = [
    ...(body === undefined ? [] : [413, 415]),
    ...(ifMatch === undefined ? [] : [412]),
    ...(ifMatch === 'required' ? [428] : []),
    ...(idempotency === undefined ? [] : [409, 422]),
  ];
  return [...new Set([...ALWAYS, ...implied, ...problems])].sort((a, b) => a - b);
};

const LISTED = (names: readonly string[]) => `Some of ${names.map((name) => `\`${name}\``).join(', ')}, separated by commas.`;

/** Beside the route's own: `fields` and `embed`. Anything else is refused. */
const querySchema = ({ query = {}, fields, embed }: AnyRouteOptions) =>
  z.strictObject({
    ...query,
    ...(fields && {
      fields: z
        .string()
        .optional()
        .meta({ description: `What to answer. ${LISTED(fields)}`, examples: [fields[0]] }),
    }),
    ...(embed && {
      embed: z
        .string()
        .optional()
        .meta({ description: `What to put into \`_embedded\`. ${LISTED(embed)}`, examples: [embed[0]] }),
    }),
  });

const required = (schema: z.ZodString, isRequired: boolean) => (isRequired ? schema : schema.optional());

/** Of requests; the shell reads them itself. */
export const headersSchema = ({ method, headers = {}, ifMatch, idempotency, respondAsync }: AnyRouteOptions) => {
  const known: z.ZodRawShape = {
    ...(method === 'GET' && { 'If-None-Match': z.string().optional().meta({ description: 'An ETag: answers 304 when nothing has changed.' }) }),
    ...(ifMatch && {
      'If-Match': required(z.string(), ifMatch === 'required').meta({ description: 'The ETag of the state to change, or *.', examples: ['*'] }),
    }),
    ...(idempotency && {
      'Idempotency-Key': required(z.string().min(1).max(257), idempotency === 'required').meta({
        description: 'Of your own making: the same key with the same request has one effect, and the same answer, for 24 hours.',
        examples: ['7c1a9c0e-55d1-4a53-8a3e-5f4d3f9d3a3c'],
      }),
    }),
    ...(respondAsync && {
      Prefer: z
        .string()
        .optional()
        .meta({ description: '`respond-async`: answers 202 at once; the operation tells the outcome.', examples: ['respond-async'] }),
    }),
    ...headers,
  };
  return Object.keys(known).length === 0 ? undefined : z.object(known);
};

const HEADERS: Readonly<Record<string, string>> = {
  etag: 'The state, for `If-Match` and `If-None-Match`.',
  location: 'Where the new resource is.',
  'retry-after': 'When to ask again, in seconds.',
  'preference-applied': 'Which preference was followed.',
  ratelimit: 'What is left of the limits, and for how long.',
  'ratelimit-policy': 'The limits that count.',
  'www-authenticate': 'How to sign in.',
  deprecation: 'Since when the route is deprecated (RFC 9745).',
  sunset: 'When the route will be gone (RFC 8594).',
};
const RETRIED = [429, 503];

/** Headers of one answer, for the documentation. */
export const responseHeaders = ({ method, answers, deprecated, idempotency }: AnyRouteOptions, status: number) => {
  const own = answers[status]?.headers ?? [];
  const names = [
    ...(method === 'GET' && status === 200 ? ['etag'] : []),
    ...(status === 401 ? ['www-authenticate'] : []),
    ...(RETRIED.includes(status) || (status === 409 && idempotency !== undefined) ? ['retry-after'] : []),
    ...(status < 400 || status === 429 ? ['ratelimit', 'ratelimit-policy'] : []),
    ...(deprecated ? ['deprecation', 'sunset'] : []),
    ...own,
  ];
  return Object.fromEntries([...new Set(names)].map((name) => [name, { type: 'string', description: HEADERS[name] ?? name }]));
};

const empty = (description: string) => z.undefined().describe(description);

const responsesOf = (options: AnyRouteOptions) => {
  const answers = Object.entries(options.answers).map(([status, { description, schema }]) => [
    status,
    schema === undefined ? empty(description) : { description, content: { [HAL_TYPE]: { schema } } },
  ]);
  const problems = problemsOf(options).map((status) => [
    String(status),
    { description: PROBLEMS[status] ?? String(status), content: { 'application/problem+json': { schema: problem } } },
  ]);
  const unchanged = options.method === 'GET' ? [['304', empty('Nothing has changed.')]] : [];
  return Object.fromEntries([...answers, ...unchanged, ...problems]);
};

/** What Fastify checks requests and writes answers by, and the documentation is made of. */
export const routeSchema = (options: AnyRouteOptions) => {
  const { method, id, tag, summary, description = summary, signIn, params, body, deprecated } = options;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: `${description}.`.replace(/\.\.$/, '.'),
    security: signIn === undefined ? [{}, { bearer: [] }] : [{ bearer: [] }],
    ...(deprecated && { deprecated: true }),
    ...(params && { params }),
    ...(body && { body, consumes: [bodyTypeOf(method)] }),
    querystring: querySchema(options),
    response: responsesOf(options),
  };
};
