import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { AnyRouteOptions } from '../http/route-options.ts';
import { headersSchema, responseHeaders } from '../http/route-schema.ts';

const DESCRIPTION = `The shop over REST. Follow the links: from \`/\` they lead to everything, and a resource has the links of what its state
and your rights allow. An action's link has a title that begins with its method; \`OPTIONS\` on its address says the same in \`Allow\`.

Answers are HAL (\`application/hal+json\`), errors are problem details (\`application/problem+json\`, RFC 9457): branch on \`code\`. Money is in the
smallest unit of its currency, times are RFC 3339 in UTC. Every \`GET\` has its \`HEAD\`.`;

const INFO = {
  title: 'Supergraph REST API',
  version: '1.0.0',
  description: DESCRIPTION,
  license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
  contact: { name: 'The maintainers', url: 'https://supergraph.example.com', email: 'api@supergraph.example.com' },
};

/** In the order of the alphabet. */
const TAGS = [
  { name: 'categories', description: 'The tree of the catalogue.' },
  { name: 'operations', description: 'What became of an action that was accepted with 202.' },
  { name: 'orders', description: 'Placing, paying, cancelling and shipping.' },
  { name: 'products', description: 'What is sold.' },
  { name: 'root', description: 'Where everything begins.' },
  { name: 'sessions', description: 'Signing in and out.' },
  { name: 'users', description: 'Accounts.' },
];

const toJsonSchema = createJsonSchemaTransform({});
const addComponents = createJsonSchemaTransformObject({});

type Transform = typeof toJsonSchema;
type Responses = Record<string, { headers?: object }>;

/** The headers of requests and answers, which Fastify need not check, are added for the document alone. */
const transform: Transform = (route) => {
  const options: AnyRouteOptions | undefined = route.route.config?.api;
  if (options === undefined) return { schema: { hide: true }, url: route.url };
  const headers = headersSchema(options);
  const { schema, url } = toJsonSchema({ ...route, schema: { ...route.schema, ...(headers && { headers }) } });
  const responses = (schema as { response: Responses }).response;
  for (const [status, response] of Object.entries(responses)) response.headers = responseHeaders(options, Number(status));
  return { schema, url };
};

const referencesIn = (document: unknown): ReadonlySet<string> =>
  new Set([...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name = '']) => name));

/** The library publishes every schema twice, as what is sent and what is answered: those that nothing uses are taken out. */
const transformObject: typeof addComponents = (source) => {
  const document = addComponents(source) as { components: { schemas: Record<string, unknown> } };
  const { schemas } = document.components;
  for (;;) {
    const used = referencesIn(document);
    const unused = Object.keys(schemas).filter((name) => !used.has(name));
    if (unused.length === 0) return document as ReturnType<typeof addComponents>;
    for (const name of unused) delete schemas[name];
  }
};

/** From here on routes are documented: `/openapi.json`, and `/docs` to read and try it, without a request to anywhere else. */
export const addOpenapi = async (http: FastifyInstance): Promise<void> => {
  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: INFO,
      servers: [{ url: '/', description: 'This server.' }],
      tags: TAGS,
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token of a session.' } },
      },
    },
    transform,
    transformObject,
  });
  await http.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { validatorUrl: null, deepLinking: true } });
  http.get('/openapi.json', { schema: { hide: true } }, () => http.swagger());
};
