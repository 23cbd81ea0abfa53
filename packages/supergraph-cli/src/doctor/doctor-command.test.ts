import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEmptyDatabase } from '@supergraph/database/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createFolder, runIn, SMALL_GRAPH } from '../testing/small-graph.ts';
import { examineKeys } from './examine-keys.ts';
import type { Finding } from './finding.ts';

const HOUSE = {
  ...SMALL_GRAPH,
  'package.json': JSON.stringify({ packageManager: 'npm@11.19.1', dependencies: { node: process.versions.node } }),
  'package-lock.json': JSON.stringify({ packages: { '': {}, 'node_modules/graphql': { version: '16.15.0' } } }),
  'node_modules/.package-lock.json': JSON.stringify({ packages: { 'node_modules/graphql': { version: '16.15.0' } } }),
  'node_modules/graphql/package.json': JSON.stringify({ version: '16.15.0' }),
};

const examine = async (folder: string, env: NodeJS.ProcessEnv = {}): Promise<{ code: unknown; of(subject: string): Finding[]; text: string }> => {
  const { code, out } = await runIn(folder, ['doctor', '--format', 'json'], { PATH: process.env['PATH'], PORT_OFFSET: '31000', ...env });
  const findings = JSON.parse(out) as Finding[];
  return { code, of: (subject) => findings.filter((finding) => finding.subject === subject), text: out };
};

describe('doctor', () => {
  test('finds several copies of graphql, mixed @apollo/* and what is not installed', async () => {
    const packages = {
      'node_modules/graphql': { version: '16.15.0' },
      'node_modules/x/node_modules/graphql': { version: '16.15.0' },
      'node_modules/@apollo/gateway': { version: '2.14.4' },
      'node_modules/@apollo/composition': { version: '2.13.0' },
    };
    const files = Object.entries(packages).map(([path, { version }]) => [`${path}/package.json`, JSON.stringify({ version })]);
    using house = createFolder({
      ...HOUSE,
      ...Object.fromEntries(files),
      'package-lock.json': JSON.stringify({ packages: { ...packages, 'node_modules/zod': { version: '4.0.0' } } }),
      'node_modules/.package-lock.json': JSON.stringify({ packages }),
    });
    const { code, of } = await examine(house.folder);
    expect(code).toBe(1);
    expect(of('graphql')).toMatchObject([{ status: 'bad', what: 'several: graphql 16.15.0, x/node_modules/graphql 16.15.0' }]);
    expect(of('@apollo/*')).toMatchObject([{ status: 'bad', what: expect.stringContaining('composition 2.13.0') }]);
    expect(of('installed')).toMatchObject([{ status: 'bad', what: '1 packages differ from package-lock.json, for instance zod', fix: 'npm ci' }]);
    expect(of('node')).toMatchObject([{ status: 'good' }]);
  });

  test('names who holds a port; a supergraph that runs there is only a note', async () => {
    let isHealthy = false;
    const server = createServer((_request, response) => response.writeHead(isHealthy ? 200 : 404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    using house = createFolder({ ...HOUSE, 'supergraph.yaml': SMALL_GRAPH['supergraph.yaml']?.replace('4001', String(port)) ?? '' });
    const env = { PORT_OFFSET: '0', ROUTER_PORT: '31400' };
    const held = (await examine(house.folder, env)).of('ports').find(({ what }) => what.includes(String(port)));
    expect(held).toMatchObject({
      status: 'bad',
      what: expect.stringContaining(process.platform === 'linux' ? `(pid ${process.pid})` : '(products)'),
    });
    isHealthy = true;
    const own = (await examine(house.folder, env)).of('ports').find(({ what }) => what.includes(String(port)));
    expect(own).toMatchObject({ status: 'note', what: expect.stringContaining('looks like a supergraph') });
    server.close();
  });

  test('signs in to the database, reaches the broker, and shows no password', async () => {
    using house = createFolder(HOUSE);
    const { url, drop } = await createEmptyDatabase('doctor');
    onTestFinished(drop);
    const good = await examine(house.folder, { ORDER_DATABASE_URL: url });
    expect(good.of('database')).toMatchObject([{ status: 'good', what: expect.stringMatching(/^ORDER_DATABASE_URL: PostgreSQL \d/) }]);
    const closed = {
      ORDER_DATABASE_URL: 'postgres://u:hush@127.0.0.1:1/x',
      MESSAGE_BUS_URL: 'amqp://u:hush@127.0.0.1:1',
      REDIS_URL: 'http://127.0.0.1',
    };
    const { code, of, text } = await examine(house.folder, closed);
    expect(code).toBe(1);
    expect(of('database')).toMatchObject([{ status: 'bad', what: expect.stringContaining('postgres://127.0.0.1:1/x does not serve') }]);
    expect(of('broker')).toMatchObject([
      { status: 'bad', what: expect.stringMatching(/^MESSAGE_BUS_URL: amqp:\/\/127\.0\.0\.1 cannot be reached: .*ECONNREFUSED/) },
    ]);
    expect(of('redis')).toMatchObject([{ status: 'bad' }]);
    expect(text).not.toContain('hush');
  });
});

describe('keys', () => {
  const strong = '0123456789abcdef0123456789abcdef';
  const whatIsBad = (env: NodeJS.ProcessEnv): string[] =>
    examineKeys({ root: '/', env }).flatMap(({ status, what }) => (status === 'bad' ? [what] : []));

  test('must be long, of many characters, and the same on both sides', () => {
    expect(whatIsBad({})).toEqual([]);
    expect(whatIsBad({ ORDER_INTERNAL_KEY: strong, ROUTER_SUBGRAPH_KEYS: `order=${strong}` })).toEqual([]);
    expect(whatIsBad({ ORDER_INTERNAL_KEY: 'short-hush' })).toEqual(['ORDER_INTERNAL_KEY has 10 bytes, expected at least 32']);
    expect(whatIsBad({ USER_KEY_SECRET: 'a'.repeat(40) })).toEqual(['USER_KEY_SECRET has only 1 different characters']);
    expect(whatIsBad({ ORDER_INTERNAL_KEY: strong, ROUTER_SUBGRAPH_KEYS: `user=x,order=${strong}0` })).toEqual([
      'ROUTER_SUBGRAPH_KEYS (user) has 1 bytes, expected at least 32',
      'ORDER_INTERNAL_KEY is not the key that ROUTER_SUBGRAPH_KEYS has for order',
    ]);
    expect(whatIsBad({ NODE_ENV: 'production', USER_KEY_SECRET: 'supergraph-development-only', ROUTER_SUBGRAPH_KEYS: `user=${strong}` })).toEqual([
      'USER_KEY_SECRET is the secret of development',
    ]);
    expect(whatIsBad({ NODE_ENV: 'production' })).toHaveLength(2);
  });
});
