import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { makeFolder, removeFolder, routerStarter, type TestRouter, waitUntil } from '../testing/router.ts';
import { startSubgraph, type TestSubgraph, writeSupergraph } from '../testing/subgraphs.ts';

const SHOP = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@tag", "@authenticated"])
  type Query { lamps(first: Int): [Lamp!]! mine: String @authenticated broken: String }
  type Mutation { light(name: String!): Boolean }
  type Lamp { name: String cost: Int @tag(name: "staff") }`;
let lit = 0;
const shop = {
  Query: {
    lamps: () => [{ name: 'Lantern', cost: 3 }],
    mine: () => 'canary',
    broken: () => {
      throw new Error('broken');
    },
  },
  Mutation: { light: () => Boolean(++lit) },
};

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const idOf = (text: string): string => `sha256:${hashOf(text)}`;
const manifest = (...texts: string[]): string => JSON.stringify(Object.fromEntries(texts.map((text) => [idOf(text), text])));

const LAMPS = 'query Lamps($first: Int) { lamps(first: $first) { name } }';
const LIGHT = 'mutation Light { light(name: "a") }';
const MINE = '{ mine lamps { name } }';
const BROKEN = '{ broken }';
const SCHEMA = '{ __schema { description } }';
const OLD = '{ lamps { name __typename } }';
const OTHER = '{ lamps { n: name } }';
const DATA = { data: { lamps: [{ name: 'Lantern' }] } };

const SETTINGS = `contracts:
  app: { exclude: [staff], clients: [phone] }
  shut: { exclude: [staff], clients: [phone], safelist: true }
  other: { clients: [desk] }
`;
const JSON_TYPE = { 'content-type': 'application/json' };
const PREFLIGHT = { 'apollo-require-preflight': '1' };

const startRouter = routerStarter(createApp);
let folder: string;
let file: string;
let settingsFile: string;
let clientsFolder: string;
let subgraph: TestSubgraph;
let router: TestRouter;
let bearer: (claims?: Record<string, unknown>) => Promise<{ authorization: string }>;
let tokenIssuers: NonNullable<NonNullable<Parameters<typeof startRouter>[1]>['tokenIssuers']>;

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA' }] });
  tokenIssuers = [{ issuer: 'https://test', audience: 'test', keys }];
  bearer = async (claims = {}) => {
    const token = new SignJWT({ role: 'CUSTOMER', ...claims }).setProtectedHeader({ alg: 'EdDSA', kid: 'k' }).setSubject('u');
    return { authorization: `Bearer ${await token.setIssuer('https://test').setAudience('test').setExpirationTime('5m').sign(privateKey)}` };
  };
  folder = await makeFolder();
  subgraph = await startSubgraph('shop', SHOP, shop);
  file = join(folder, 'supergraph.graphql');
  settingsFile = join(folder, 'router.yaml');
  clientsFolder = join(folder, 'clients');
  await writeSupergraph(file, [subgraph]);
  await writeFile(settingsFile, SETTINGS);
});
afterAll(async () => {
  await subgraph.stop();
  await removeFolder(folder);
});
beforeEach(async () => {
  await rm(clientsFolder, { recursive: true, force: true });
  for (const client of ['phone', 'desk']) await mkdir(join(clientsFolder, client), { recursive: true });
  await writeFile(join(clientsFolder, 'phone', 'next.json'), manifest(LAMPS, LIGHT, MINE, BROKEN, SCHEMA));
  await writeFile(join(clientsFolder, 'phone', '1.0.0.json'), manifest(OLD));
  await writeFile(join(clientsFolder, 'desk', 'next.json'), manifest(OTHER));
  router = await startRouter(file, { settingsFile, clientsFolder, tokenIssuers });
  return async () => router.app.close();
});

// biome-ignore lint/suspicious/noExplicitAny: answers of any operation.
const answerOf = async (response: Response): Promise<{ status: number; headers: Headers; body: any }> => ({
  status: response.status,
  headers: response.headers,
  body: await response.json(),
});
const post = async (path: string, body: unknown, headers: Record<string, string> = {}) =>
  answerOf(await fetch(`${router.url}${path}`, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) }));
const get = async (path: string, parameters: Record<string, string> | string, headers: Record<string, string> = {}) =>
  answerOf(await fetch(`${router.url}${path}?${new URLSearchParams(parameters)}`, { headers: { ...PREFLIGHT, ...headers } }));
const codeOf = ({ body }: { body: { errors?: { extensions: { code: string } }[] } }): string | undefined => body.errors?.[0]?.extensions.code;
const automatic = (hash: string) => ({ persistedQuery: { version: 1, sha256Hash: hash } });

describe('a document of a manifest', () => {
  it('runs by its id, by POST and by GET, of every version', async () => {
    const byId = { documentId: idOf(LAMPS), variables: { first: 1 } };
    for (let times = 0; times < 2; times++) expect((await post('/app/graphql', byId)).body).toEqual(DATA);
    expect((await post('/app/graphql', { documentId: idOf(LAMPS), operationName: 'Lamps', query: null, extensions: {} })).body).toEqual(DATA);
    expect((await get('/app/graphql', { documentId: idOf(LAMPS), variables: '{"first":1}' })).body).toEqual(DATA);
    expect((await get('/app/graphql', { documentId: idOf(LAMPS), operationName: 'Lamps', extensions: '{"a":1}' })).body).toEqual(DATA);
    expect((await post('/app/graphql', { documentId: idOf(OLD) })).status).toBe(200);
    expect(codeOf(await post('/app/graphql', { documentId: idOf(LAMPS), operationName: 'No' }))).toBe('OPERATION_RESOLUTION_FAILURE');
    expect(codeOf(await post('/app/graphql', { documentId: idOf(LAMPS), variables: { first: 'x' } }))).toBe('BAD_USER_INPUT');
  });

  it('runs by its hash, as Apollo Client and urql send it', async () => {
    expect((await post('/shut/graphql', { operationName: 'Lamps', extensions: automatic(hashOf(LAMPS)) })).body).toEqual(DATA);
    expect((await get('/shut/graphql', { extensions: JSON.stringify(automatic(hashOf(LAMPS))) })).body).toEqual(DATA);
  });

  it("is none of another contract's, nor of the whole graph's", async () => {
    for (const path of ['/other/graphql', '/graphql'])
      expect(codeOf(await post(path, { documentId: idOf(LAMPS) }))).toBe('PERSISTED_DOCUMENT_NOT_FOUND');
    expect((await post('/other/graphql', { documentId: idOf(OTHER) })).status).toBe(200);
  });

  it('is limited as any other', async () => {
    await writeFile(settingsFile, `${SETTINGS}limits: { depth: 1 }`);
    try {
      await waitUntil(async () => codeOf(await post('/app/graphql', { documentId: idOf(LAMPS) })) === 'MAX_DEPTH_LIMIT', 10_000);
    } finally {
      await writeFile(settingsFile, SETTINGS);
    }
  });

  it.each<[unknown, number, string]>([
    [idOf('{ unknown }'), 404, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    [idOf(LAMPS).toUpperCase(), 404, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    [hashOf(LAMPS), 404, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    [`${idOf(LAMPS)} `, 404, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    ['__proto__', 404, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    ['../../etc/passwd', 404, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    ['', 404, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    ['x'.repeat(100_000), 400, 'BAD_REQUEST'],
    [[idOf(LAMPS)], 400, 'BAD_REQUEST'],
    [{ toString: 1 }, 400, 'BAD_REQUEST'],
    [7, 400, 'BAD_REQUEST'],
    [false, 400, 'BAD_REQUEST'],
  ])('is not guessed from another id: %j', async (documentId, status, code) => {
    const answer = await post('/app/graphql', { documentId });
    expect([answer.status, codeOf(answer), answer.body.errors.length]).toEqual([status, code, 1]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('stands in the place of a query, not beside one', async () => {
    expect(codeOf(await post('/app/graphql', { documentId: idOf(LAMPS), query: OTHER }))).toBe('BAD_REQUEST');
    expect(codeOf(await get('/app/graphql', `documentId=${idOf(LAMPS)}&documentId=${idOf(OLD)}`))).toBe('BAD_REQUEST');
  });
});

describe('manifests', () => {
  it('are read again when they change; a broken one is refused, and the last good ones stay', async () => {
    const isKnown = async (text: string) => (await post('/app/graphql', { documentId: idOf(text) })).status === 200;
    await writeFile(join(clientsFolder, 'phone', '1.1.0.json'), manifest(OTHER));
    await waitUntil(() => isKnown(OTHER), 10_000);
    await writeFile(join(clientsFolder, 'phone', '1.2.0.json'), JSON.stringify({ [idOf(OTHER)]: '{ lamps { cost } }' }));
    await rm(join(clientsFolder, 'phone', 'next.json'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await isKnown(LAMPS)).toBe(true);
    await rm(join(clientsFolder, 'phone', '1.2.0.json'));
    await waitUntil(async () => !(await isKnown(LAMPS)), 10_000);
    expect(await isKnown(OLD)).toBe(true);
  });

  it.each([
    ['{', /not JSON/],
    ['[]', /expected an object of documents by their ids/],
    [JSON.stringify({ [idOf(LAMPS)]: OTHER }), new RegExp(`its text has the hash ${hashOf(OTHER)}`)],
    [JSON.stringify({ [hashOf(LAMPS)]: LAMPS }), /expected sha256: and 64/],
    [JSON.stringify({ [idOf(LAMPS)]: 1 }), /expected the document's text/],
    [manifest('{ lamps {'), /Syntax Error/],
  ])('stop the start when one is broken: %s', async (content, reason) => {
    await writeFile(join(clientsFolder, 'desk', '2.json'), content);
    const failure = await startRouter(file, { settingsFile, clientsFolder }).catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'StartupError', message: expect.stringContaining(join('desk', '2.json')) });
    expect((failure as Error).message).toMatch(reason);
  });

  it('stop the start when a client has none', async () => {
    await rm(join(clientsFolder, 'desk'), { recursive: true });
    await expect(startRouter(file, { settingsFile, clientsFolder })).rejects.toMatchObject({
      message: expect.stringContaining('the client has no folder'),
    });
  });
});

describe('an automatically persisted query', () => {
  it('is asked for once, and known to its contract alone', async () => {
    const text = '{ lamps { again: name } }';
    const expected = { data: { lamps: [{ again: 'Lantern' }] } };
    const byHash = { extensions: automatic(hashOf(text)) };
    expect(codeOf(await post('/app/graphql', byHash))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect((await post('/app/graphql', { query: text, ...byHash })).body).toEqual(expected);
    for (let times = 0; times < 2; times++) expect((await post('/app/graphql', byHash)).body).toEqual(expected);
    expect((await get('/app/graphql', { extensions: JSON.stringify(byHash.extensions) })).body).toEqual(expected);
    expect(codeOf(await post('/graphql', byHash))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  it('is not kept under the hash of another, nor when it is not valid', async () => {
    expect((await post('/app/graphql', { query: OTHER, extensions: automatic(hashOf(LAMPS)) })).status).toBe(400);
    const hidden = '{ lamps { cost } }';
    expect((await post('/app/graphql', { query: hidden, extensions: automatic(hashOf(hidden)) })).status).toBe(400);
    expect(codeOf(await post('/app/graphql', { extensions: automatic(hashOf(hidden)) }))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});

describe('with a safelist', () => {
  it('nothing is taken but the documents of manifests, by id, hash or byte for byte', async () => {
    expect((await post('/shut/graphql', { documentId: idOf(LAMPS) })).body).toEqual(DATA);
    for (let times = 0; times < 2; times++) expect((await post('/shut/graphql', { query: LAMPS })).body).toEqual(DATA);
    expect((await post('/shut/graphql', { query: LAMPS, extensions: automatic(hashOf(LAMPS)) })).body).toEqual(DATA);
    for (const query of [OTHER, `${LAMPS} `, SCHEMA.replace('description', 'types { name }'), '{ __typename }', '{', '']) {
      const answer = await post('/shut/graphql', { query });
      expect([answer.status, codeOf(answer)], query).toEqual([403, 'QUERY_NOT_IN_SAFELIST']);
      expect((await get('/shut/graphql', { query })).status).toBe(403);
    }
    const byHash = automatic(hashOf(OTHER));
    expect(codeOf(await post('/shut/graphql', { query: OTHER, extensions: byHash }))).toBe('QUERY_NOT_IN_SAFELIST');
    expect(codeOf(await post('/shut/graphql', { extensions: byHash }))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(codeOf(await post('/shut/graphql', { extensions: { persistedQuery: { version: 2, sha256Hash: hashOf(LAMPS) } } }))).toBe(
      'PERSISTED_QUERY_NOT_FOUND',
    );
  });

  it.each([
    `query=${encodeURIComponent(LAMPS)}&query=${encodeURIComponent(OTHER)}`,
    `%71uery=${encodeURIComponent(OTHER)}`,
    `a=1;query=${encodeURIComponent(OTHER)}`,
    `x#?query=${encodeURIComponent(OTHER)}`,
    `query[]=${encodeURIComponent(OTHER)}`,
    `documentId=&query=${encodeURIComponent(OTHER)}`,
    `q%75ery=${encodeURIComponent(OTHER)}%ff`,
  ])('no spelling of a URL passes it: %s', async (search) => {
    const response = await fetch(`${router.url}/shut/graphql?${search}`, { headers: PREFLIGHT });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.text()).not.toContain('Lantern');
  });

  it('the schema is told to nobody, not even by a manifest', async () => {
    expect((await post('/app/graphql', { documentId: idOf(SCHEMA) })).body).toEqual({ data: { __schema: { description: null } } });
    expect(codeOf(await post('/shut/graphql', { documentId: idOf(SCHEMA) }))).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('services that work for somebody are exempt, people are not', async () => {
    expect((await post('/shut/graphql', { query: OTHER }, await bearer())).status).toBe(403);
    expect((await post('/shut/graphql', { query: OTHER }, await bearer({ purpose: 'webhook' }))).status).toBe(200);
    expect((await post('/shut/graphql', { query: OTHER }, await bearer({ purpose: 'mine' }))).status).toBe(403);
    expect((await post('/shut/graphql', { query: OTHER })).status).toBe(403);
  });
});

describe('caches may keep', () => {
  const cacheOf = async (...parameters: Parameters<typeof get>) => (await get(...parameters)).headers.get('cache-control');

  it('a whole answer to a persisted query that anybody may ask', async () => {
    const { headers } = await get('/app/graphql', { documentId: idOf(LAMPS) }, { origin: router.url });
    expect(headers.get('cache-control')).toBe('public, max-age=30');
    expect(headers.get('vary')?.toLowerCase().split(', ')).toEqual(expect.arrayContaining(['authorization', 'accept']));
  });

  it('nothing else', async () => {
    const documentId = idOf(LAMPS);
    expect(await cacheOf('/app/graphql', { documentId }, await bearer())).toBe('private, no-store');
    expect(await cacheOf('/app/graphql', { documentId }, { 'x-expose-cost': 'true' })).toBe('private, no-store');
    expect(await cacheOf('/app/graphql', { documentId, variables: '{"first":"x"}' })).toBe('private, no-store');
    expect(await cacheOf('/app/graphql', { documentId: idOf(MINE) })).toBe('private, no-store');
    expect(await cacheOf('/app/graphql', { documentId: idOf(MINE) }, await bearer())).toBe('private, no-store');
    expect(await cacheOf('/app/graphql', { documentId: idOf(BROKEN) })).toBe('private, no-store');
    expect(await cacheOf('/app/graphql', { query: LAMPS })).toBe('private, no-store');
    expect((await post('/app/graphql', { documentId })).headers.get('cache-control')).toBe('no-store');
  });

  it('and a mutation is never run by GET', async () => {
    const answer = await get('/app/graphql', { documentId: idOf(LIGHT) });
    expect([answer.status, answer.headers.get('allow'), answer.headers.get('cache-control'), lit]).toEqual([405, 'POST', 'private, no-store', 0]);
    expect((await post('/app/graphql', { documentId: idOf(LIGHT) })).body).toEqual({ data: { light: true } });
  });
});
