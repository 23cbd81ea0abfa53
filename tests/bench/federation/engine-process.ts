import { createServer } from 'node:http';
import { ANONYMOUS_IDENTITY } from '@supergraph/identity/identity';
import { createLogger } from '@supergraph/service/logging';
import { type GraphQLSchema, parse } from 'graphql';
import { createSubgraphClients } from '../../../router/src/gateway/subgraph-clients.ts';
import { createSupergraphGateway } from '../../../router/src/gateway/supergraph-gateway.ts';
import type { RequestContext } from '../../../router/src/request-context.ts';
import { DEFAULT_TRAFFIC } from '../../../router/src/subgraphs/subgraph-client.ts';

// The router's engine behind a bare HTTP server: no guards, no Apollo Server, no Fastify, no tokens. Arguments: the supergraph's file and a port.
const [supergraphFile = '', port] = process.argv.slice(2);
const logger = createLogger('engine', 'error');
const { gateway } = createSupergraphGateway({
  supergraphFile,
  engine: 'supergraph',
  subgraphUrls: new Map(),
  clients: createSubgraphClients({ keys: new Map(), trafficOf: () => DEFAULT_TRAFFIC, logger }),
  guards: {
    policies: { decideAll: async () => new Set() },
    costOf: () => undefined,
    checkListSizes: () => undefined,
    count: async () => undefined,
  },
  sharesOperations: () => false,
  overrides: () => ({}),
  contracts: {},
  persisted: () => [],
  didPlan: () => false,
  streams: { showsSchema: () => true, production: true, maxWaiting: () => 0, sourceOf: () => ({ protocol: 'sse' }) },
  logger,
}).of('');
let schema: GraphQLSchema | undefined;
gateway.onSchemaLoadOrUpdate(({ apiSchema }) => {
  schema = apiSchema;
});
const { executor } = await gateway.load({} as Parameters<typeof gateway.load>[0]);
if (executor === null) throw new Error('the gateway has no executor');

const TIMEOUT_MS = 10_000;
const signal = new AbortController().signal;
const forwardedHeaders = new Map<string, string>();

const contextOf = (): RequestContext => ({
  requestId: '',
  contract: '',
  identity: ANONYMOUS_IDENTITY,
  deadline: performance.now() + TIMEOUT_MS,
  signal,
  forwardedHeaders,
  showsCost: false,
  isLogged: false,
  isDryRun: false,
  countedAs: { identity: ANONYMOUS_IDENTITY, remoteAddress: undefined, forwardedFor: undefined },
  isCounted: true,
  isPersisted: false,
  record: { fetches: 0 },
});

const documents = new Map<string, ReturnType<typeof parse>>();

const answer = async (body: string): Promise<string> => {
  const request = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
  const { query } = request;
  const document = documents.get(query) ?? parse(query);
  documents.set(query, document);
  const operation = { request, source: query, queryHash: query, document, schema, context: contextOf() };
  const { data, errors } = await executor(operation as unknown as Parameters<typeof executor>[0]);
  return JSON.stringify({ data, errors });
};

process.on('disconnect', () => process.exit());
createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    body += chunk;
  });
  request.once('end', async () => {
    const text = await answer(body);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
  });
}).listen(Number(port), '127.0.0.1');
