import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import fastify from 'fastify';
import { execute, GraphQLError, parse } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import { gql } from 'graphql-tag';
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { RouterConfig } from '../../config.ts';
import { makeFolder, removeFolder, type TestRouter, waitUntil } from '../../testing/router.ts';
import { writeSupergraph } from '../../testing/subgraphs.ts';

const SDL = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@tag"])
  type Query { hello: String! slow: String! deferrable: Thing! secret: String @tag(name: "staff") }
  type Thing { name: String! }
  type Mutation { rename(name: String!): String! }
  type Subscription {
    "Counts from 1, then ends."
    count(to: Int!): Int!
    "Says nothing."
    never: Int
    "Says 1, then breaks."
    breaks: Int
    "Never ends, and says much."
    flood(size: Int!): String!
    mine: Int @authenticated
  }`;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Subscriptions that a subgraph serves at the moment, by field. */
export type Served = Map<string, number>;

const resolversOf = (served: Served) => {
  const counted = (name: string, source: (args: { to: number; size: number }) => AsyncGenerator<unknown>) => ({
    subscribe: (_: unknown, args: { to: number; size: number }) => {
      served.set(name, (served.get(name) ?? 0) + 1);
      const events = source(args);
      const wait = Promise.withResolvers<IteratorResult<unknown>>();
      let ended = false;
      const end = async (): Promise<IteratorResult<unknown>> => {
        if (!ended) served.set(name, (served.get(name) ?? 1) - 1);
        ended = true;
        wait.resolve({ done: true, value: undefined });
        return { done: true, value: undefined };
      };
      const next = async (): Promise<IteratorResult<unknown>> => {
        const result = ended ? { done: true as const, value: undefined } : await Promise.race([events.next(), wait.promise]);
        if (result.done) await end();
        return result;
      };
      return {
        next,
        return: end,
        throw: end,
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
    resolve: (value: unknown) => value,
  });
  return {
    Query: {
      hello: () => 'world',
      slow: async () => {
        await pause(400);
        return 'late';
      },
      deferrable: () => ({ name: 'thing' }),
      secret: () => 'secret',
    },
    Mutation: { rename: (_: unknown, { name }: { name: string }) => name },
    Subscription: {
      count: counted('count', async function* ({ to }) {
        for (let count = 1; count <= to; count += 1) yield count;
      }),
      never: counted('never', async function* () {
        await new Promise(() => undefined);
      }),
      breaks: counted('breaks', async function* () {
        yield 1;
        throw new GraphQLError('The source broke.', { extensions: { code: 'SOURCE_BROKE' } });
      }),
      flood: counted('flood', async function* ({ size }) {
        for (;;) {
          await pause(1);
          yield 'x'.repeat(size);
        }
      }),
      mine: counted('mine', async function* () {
        yield 1;
        await new Promise(() => undefined);
      }),
    },
  };
};

const startSubgraph = async (served: Served) => {
  const schema = buildSubgraphSchema([{ typeDefs: gql(SDL), resolvers: resolversOf(served) as never }]);
  const http = fastify({ forceCloseConnections: true });
  const stream = createHandler({ schema });
  http.post('/graphql', async (request, reply) => {
    if (request.headers.accept?.includes('text/event-stream')) return stream(request, reply);
    const { query, variables } = request.body as { query: string; variables?: Record<string, unknown> };
    return execute({ schema, document: parse(query), variableValues: variables ?? {} });
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  return { url: `http://127.0.0.1:${(http.server.address() as AddressInfo).port}/graphql`, stop: () => http.close() };
};

const ISSUER = 'https://issuer.test';

const startIssuer = async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA' }] });
  const token = (seconds: number, claims: JWTPayload = { role: 'CUSTOMER' }, subject = 'u-1'): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', kid: 'k', typ: 'at+jwt' })
      .setIssuer(ISSUER)
      .setAudience('supergraph')
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1_000) + seconds)
      .sign(privateKey);
  return { issuer: { issuer: ISSUER, audience: 'supergraph', keys }, token };
};

const writeManifest = async (folder: string, text: string): Promise<void> => {
  await mkdir(folder);
  const id = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await writeFile(join(folder, '1.json'), JSON.stringify({ [id]: text }));
};

/** The running router over one subgraph that has subscriptions. */
export interface StreamGraph extends TestRouter {
  /** `ws://…`, without the path. */
  socketUrl: string;
  served: Served;
  /** Waits until the subgraph serves so many subscriptions to a field. */
  untilServed(field: string, count: number): Promise<void>;
  token(seconds: number, claims?: JWTPayload, subject?: string): Promise<string>;
  stop(): Promise<void>;
}

/** @param settings text of router.yaml. Documents are of clients by name. */
export const streamGraphStarter =
  (startRouter: (supergraphFile: string, overrides?: Partial<RouterConfig>) => Promise<TestRouter>) =>
  async (settings = '', overrides: Partial<RouterConfig> = {}, documents: Readonly<Record<string, string>> = {}): Promise<StreamGraph> => {
    const folder = await makeFolder();
    const served: Served = new Map();
    const subgraph = await startSubgraph(served);
    const { issuer, token } = await startIssuer();
    const file = join(folder, 'supergraph.graphql');
    await mkdir(join(folder, 'clients'));
    for (const [client, text] of Object.entries(documents)) await writeManifest(join(folder, 'clients', client), text);
    await writeSupergraph(file, [{ name: 'streams', sdl: SDL, url: subgraph.url }]);
    await writeFile(join(folder, 'router.yaml'), settings);
    const router = await startRouter(file, {
      settingsFile: join(folder, 'router.yaml'),
      clientsFolder: join(folder, 'clients'),
      tokenIssuers: [issuer],
      ...overrides,
    });
    return {
      ...router,
      socketUrl: router.url.replace('http', 'ws'),
      served,
      token,
      untilServed: (field, count) => waitUntil(async () => (served.get(field) ?? 0) === count, 5_000),
      stop: async () => {
        await router.app.close();
        await subgraph.stop();
        await removeFolder(folder);
      },
    };
  };
