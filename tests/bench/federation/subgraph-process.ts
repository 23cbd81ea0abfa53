import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema, execute, type GraphQLSchema, parse, validate } from 'graphql';
import { ROOT_VALUES, type SubgraphName } from './subgraph-data.ts';

// Some subgraphs of the benchmark, by the names in the arguments, each on a port of its own. An answer is computed once per
// request body, so that they cost next to nothing beside the router.

/** What the parent gets first: the origin of each subgraph. */
export type Origins = Partial<Record<SubgraphName, string>>;
/** What it gets for each message: how many fetches came to each path, since the start. */
export type Fetches = Record<string, number>;

const MOST_ANSWERS = 2_000;
const MOST_BYTES = 1_000_000;

const ENTITIES = {
  accounts: 'User',
  inventory: 'Product',
  products: 'Product',
  reviews: 'Review | User | Product',
} as const;

const schemaOf = (name: SubgraphName): GraphQLSchema => {
  const sdl = readFileSync(new URL(`${name}.graphql`, import.meta.url), 'utf8');
  const query = /^type Query\b/m.test(sdl) ? 'extend type Query' : 'type Query';
  const machinery = `scalar _Any union _Entity = ${ENTITIES[name]} ${query} { _entities(representations: [_Any!]!): [_Entity]! }`;
  // Nobody defines federation's directives here, and execution does not need them.
  return buildSchema(`${sdl}${machinery}`, { assumeValidSDL: true, assumeValid: true });
};

const fetches: Fetches = {};

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};

const createAnswerer = (name: SubgraphName): ((body: string) => Promise<Buffer>) => {
  const schema = schemaOf(name);
  const answers = new Map<string, Buffer>();
  const compute = async (body: string): Promise<Buffer> => {
    const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
    const document = parse(query);
    const errors = validate(schema, document);
    const answer = errors.length > 0 ? { errors } : await execute({ schema, document, rootValue: ROOT_VALUES[name], variableValues: variables });
    return Buffer.from(JSON.stringify(answer));
  };
  return async (body) => {
    const known = answers.get(body);
    if (known !== undefined) return known;
    const answer = await compute(body);
    if (answers.size < MOST_ANSWERS) answers.set(body, answer);
    return answer;
  };
};

const answerTo = async (request: IncomingMessage, response: ServerResponse, answer: (body: string) => Promise<Buffer>): Promise<void> => {
  try {
    const path = request.url ?? '';
    fetches[path] = (fetches[path] ?? 0) + 1;
    const body = await answer(await readBody(request));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  } catch (error) {
    response.writeHead(400).end(String(error));
  }
};

const startSubgraph = async (name: SubgraphName): Promise<string> => {
  const answer = createAnswerer(name);
  const server = createServer((request, response) => void answerTo(request, response, answer));
  // The router decides when a connection ends: one that we close while it sends would look like a failure of the router.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const names = process.argv.slice(2) as SubgraphName[];
const origins: Origins = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await startSubgraph(name)])));
process.on('disconnect', () => process.exit());
process.on('message', () => process.send?.(fetches));
process.send?.(origins);
