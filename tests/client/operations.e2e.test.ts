import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Checkout, copyCheckout } from '../checkout.ts';
import { ROOT } from '../world.ts';

let checkout: Checkout;

beforeAll(() => {
  checkout = copyCheckout();
  const withoutModules = (path: string): boolean => !/[\\/](node_modules|dist)$/.test(path);
  for (const folder of ['bffs', 'clients', 'contracts'])
    cpSync(join(ROOT, folder), join(checkout.folder, folder), { recursive: true, filter: withoutModules });
});
afterAll(() => checkout.remove());

const read = (file: string): string => readFileSync(join(checkout.folder, file), 'utf8');
const write = (file: string, text: string): void => writeFileSync(join(checkout.folder, file), text);
const supergraph = async (...args: string[]): Promise<{ code: number | null; output: string }> => {
  const run = checkout.supergraph(args);
  return { code: await run.ended, output: run.output() };
};

const ORDER_SCHEMA = 'subgraphs/order/schema.graphql';
/** With `placedAt` under another name in the order subgraph. */
const whileRenamed = async (ask: () => Promise<void>): Promise<void> => {
  const schema = read(ORDER_SCHEMA);
  expect(schema).toContain('  placedAt: String!');
  write(ORDER_SCHEMA, schema.replace('  placedAt: String!', '  orderedAt: String!'));
  await ask().finally(() => write(ORDER_SCHEMA, schema));
};

/** `file:line:column` of each finding, with what stands there. */
const placesIn = (output: string): { file: string; text: string }[] =>
  [...output.matchAll(/^ {4}(\S+\.graphql):(\d+):(\d+)$/gm)].map(([, file = '', line, column]) => ({
    file,
    text: (read(file).split('\n')[Number(line) - 1] ?? '').slice(Number(column) - 1).trim(),
  }));

describe('supergraph operations', { timeout: 90_000 }, () => {
  test('the operations of every client fit their contracts', async () => {
    expect(await supergraph('operations')).toEqual({ code: 0, output: expect.stringMatching(/^✓ the operations of .*mobile-bff.*web-bff.* fit/) });
  });

  test('a renamed field is told with client, operation, file, line and column of everybody who asks for it', () =>
    whileRenamed(async () => {
      const { code, output } = await supergraph('operations');
      expect(code).toBe(1);
      expect(output).toMatch(
        /✗ web-app, Me: Cannot query field "placedAt" on type "Order"\..*\n {4}packages\/client\/src\/web\/me\.graphql:\d+:\d+$/m,
      );
      const places = placesIn(output);
      expect(places.map(({ file }) => file)).toEqual(
        expect.arrayContaining([
          'bffs/mobile/src/views/my-orders.graphql',
          'bffs/web/src/views/my-orders.graphql',
          'packages/client/src/web/me.graphql',
        ]),
      );
      expect(places.filter(({ text }) => text !== 'placedAt')).toEqual([]);
    }));

  test('an operation that does not parse, has no name, or asks for what its contract hides is told by its place', async () => {
    const file = 'packages/client/src/partner/planted.graphql';
    write(file, 'query Hidden {\n  products {\n    nodes { unitsSold }\n  }\n}\n{ __typename }\nquery Broken { a');
    const broken = await supergraph('operations');
    expect([broken.code, broken.output]).toEqual([1, expect.stringMatching(/✗ partner-app: Syntax Error: .*\n {4}\S+planted\.graphql:7:17$/m)]);
    write(file, 'query Hidden {\n  products {\n    nodes { unitsSold }\n  }\n}\n{ __typename }\n');
    const { output } = await supergraph('operations');
    expect(output).toMatch(/✗ partner-app, Hidden: Cannot query field "unitsSold" on type "Product"\..*\n {4}\S+planted\.graphql:3:13$/m);
    expect(output).toMatch(/✗ partner-app: An operation of a client needs a name\.\n {4}\S+planted\.graphql:6:1$/m);
    write(file, 'query Me { categories(first: 1) { nodes { id } } }\n');
    expect((await supergraph('operations')).code).toBe(0);
    write(file, 'fragment Unused on Category { id }\n');
    expect((await supergraph('operations')).output).toContain('Fragment "Unused" is never used.');
    write(file, 'query Planted { categories { nodes { slug } } }\n');
  });
});

describe('manifests', { timeout: 90_000 }, () => {
  test('what codegen made of the operations and is not in clients/ yet is stale; writing it mends that', async () => {
    expect((await supergraph('manifests', '--check')).code).toBe(0);
    const before = read('clients/web-app/next.json');
    const manifest = Object.entries(JSON.parse(before) as Record<string, string>);
    write('clients/web-app/next.json', JSON.stringify(Object.fromEntries(manifest.slice(1))));
    const { code, output } = await supergraph('manifests', '--check');
    expect([code, output]).toEqual([1, '✗ stale: clients/web-app/next.json\n  → npm run manifests, and commit what it writes\n']);
    expect((await supergraph('release', 'web-app', '99.0.0')).output).toMatch(/^✗ clients\/web-app\/next\.json is stale\n/);
    expect((await supergraph('manifests')).code).toBe(0);
    expect(read('clients/web-app/next.json')).toBe(before);
  });

  test('a release keeps the manifest, once, and its operations are checked from then on', async () => {
    expect(await supergraph('release', 'web-app', '99.0.0')).toEqual({ code: 0, output: '✓ written: clients/web-app/99.0.0.json\n' });
    expect(read('clients/web-app/99.0.0.json')).toBe(read('clients/web-app/next.json'));
    expect(await supergraph('release', 'web-app', '99.0.0')).toMatchObject({ code: 2, output: expect.stringContaining('never changes') });
    // The client itself does not ask for the field any more, its release still does.
    const source = 'packages/client/src/web/me.graphql';
    const operation = read(source);
    write(source, operation.replace('placedAt', ''));
    await whileRenamed(async () => {
      const { code, output } = await supergraph('operations');
      expect(code).toBe(1);
      const pattern = /✗ web-app 99\.0\.0, Me: Cannot query field "placedAt".*\n {4}clients\/web-app\/99\.0\.0\.json {2}(sha256:\w{64}) {2}1:(\d+)$/m;
      const [, id = '', column] = pattern.exec(output) ?? [];
      const text = (JSON.parse(read('clients/web-app/99.0.0.json')) as Record<string, string>)[id] ?? '';
      expect(text.slice(Number(column) - 1)).toMatch(/^placedAt\b/);
      expect(output).not.toContain('packages/client/src/web/me.graphql');
    });
    write(source, operation);
  });

  test('a release that somebody changed is told', async () => {
    const file = 'clients/web-app/99.0.0.json';
    const released = read(file);
    write(file, released.replace('query Me(', 'query Ms('));
    expect((await supergraph('operations')).output).toMatch(
      /^✗ web-app 99\.0\.0: The id is not the hash .*\n {4}clients\/web-app\/99\.0\.0\.json {2}sha256:/,
    );
    write(file, '{ "abc": "query" }');
    expect(await supergraph('operations')).toMatchObject({
      code: 2,
      output: expect.stringMatching(/^✗ clients\/web-app\/99\.0\.0\.json is not a manifest: abc/),
    });
    write(file, released);
  });

  test.each([
    ['an unknown client', ['release', 'no-such', '99.0.0'], "there is no client 'no-such'"],
    ['no version', ['release', 'web-app'], "'' is not a version"],
    ['a version that leaves the folder', ['release', 'web-app', '../99.0.0'], "'../99.0.0' is not a version"],
  ])('%s is two clear lines and exit 2', async (_what, args, line) => {
    const { code, output } = await supergraph(...args);
    expect([code, output.trim().split('\n')]).toEqual([2, [expect.stringContaining(line), expect.stringMatching(/^ {2}→ /)]]);
  });

  test('a client that no contract serves, or two do, is told', async () => {
    const settings = read('router/router.yaml');
    write('router/router.yaml', settings.replace('clients: [partner-app]', 'clients: []'));
    expect((await supergraph('operations')).output).toContain("the client 'partner-app' of clients/clients.yaml belongs to no contract");
    write('router/router.yaml', settings.replace('clients: [partner-app]', 'clients: [partner-app, web-app]'));
    expect((await supergraph('operations')).output).toContain('belongs to the contracts web and partner');
    write('router/router.yaml', settings.replace('clients: [partner-app]', 'clients: [partner-app, ghost]'));
    expect((await supergraph('operations')).output).toContain("names the client 'ghost'");
    write('router/router.yaml', settings);
  });
});
