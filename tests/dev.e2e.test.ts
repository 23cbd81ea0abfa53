import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Checkout, childrenOf, commandOf, copyCheckout, type Run, writeSmallDataset } from './checkout.ts';
import { post } from './world.ts';

let checkout: Checkout;
let dev: Run;

beforeAll(async () => {
  checkout = copyCheckout();
  writeSmallDataset(join(checkout.folder, 'data', 'online-retail'));
  dev = checkout.supergraph(['dev']);
  await dev.says('Ctrl-C stops everything');
}, 90_000);
afterAll(async () => {
  dev.process.kill('SIGINT');
  const code = await dev.ended;
  checkout.remove();
  expect({ code, said: code === 0 ? '' : dev.output().slice(-500) }).toEqual({ code: 0, said: '' });
});

const ask = (query: string) => post<Record<string, unknown>>(`http://127.0.0.1:${4_000 + checkout.portOffset}/graphql`, { query });

const edit = (path: string, change: (text: string) => string): void => {
  const file = join(checkout.folder, path);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
};

const pidOf = (room: string): number | undefined => childrenOf(dev.process.pid).find((pid) => commandOf(pid).includes(`${room}/src/main.ts`));

/** Empty for a process that has just ended. */
const descendantsOf = (pid: number | undefined): number[] => {
  try {
    return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
  } catch {
    return [];
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error(`never came true: ${what}\n${dev.output()}`);
};

const restartsOf = (room: string): number => dev.output().split(`${room.padEnd(15)} │ restarted`).length - 1;

test('a changed subgraph restarts alone, once', async () => {
  const [category, order] = [pidOf('category'), pidOf('order')];
  edit('subgraphs/category/src/domain/errors.ts', (text) => text.replace('There is no category', 'Nowhere is a category'));
  await until('category restarted', async () => restartsOf('category') === 1);
  expect(pidOf('category')).not.toBe(category);
  expect(pidOf('order')).toBe(order);
  expect((await ask('{ product(sku: "A-1") { unitsSold } }')).data).toEqual({ product: { unitsSold: 2 } });
  const file = join(checkout.folder, 'subgraphs/category/src/domain/errors.ts');
  utimesSync(file, new Date(), new Date());
  await sleep(1_000);
  expect(restartsOf('category')).toBe(1);
}, 60_000);

test('a changed proto file restarts its subgraph and REST, which reads it too', async () => {
  const [category, rest, order] = [pidOf('subgraphs/category'), pidOf('rest'), pidOf('subgraphs/order')];
  const before = dev.output().length;
  edit('subgraphs/category/proto/category.proto', (text) => `${text}// Planted.\n`);
  const restarted = (room: string) =>
    dev
      .output()
      .slice(before)
      .includes(`${room.padEnd(15)} │ restarted`);
  await until('both restarted', async () => restarted('category') && restarted('rest'));
  expect(pidOf('subgraphs/category')).not.toBe(category);
  expect(pidOf('rest')).not.toBe(rest);
  expect(pidOf('subgraphs/order')).toBe(order);
  const { status } = await fetch(`http://127.0.0.1:${4_010 + checkout.portOffset}/products/A-1`);
  expect(status).toBe(200);
}, 60_000);

test('a changed schema is composed and swapped into the running router', async () => {
  const router = pidOf('router');
  expect((await ask('{ category(slug: "lamps") { title } }')).errors).toHaveLength(1);
  edit('subgraphs/category/src/resolvers/resolvers.ts', (text) =>
    text.replace('  Category: {\n', '  Category: {\n    title: ({ name }: { name: string }) => name,\n'),
  );
  edit('subgraphs/category/schema.graphql', (text) => text.replace(/^type Category .*\{$/m, '$&\n  "Planted."\n  title: String'));
  await until('the new field answers', async () => (await ask('{ category(slug: "lamps") { title } }')).errors.length === 0);
  const [, milliseconds] = /written (\d+) ms after the save/.exec(dev.output()) ?? [];
  process.stdout.write(`supergraph.graphql was written ${milliseconds} ms after the save\n`);
  // 300 ms where nothing else runs.
  expect(Number(milliseconds)).toBeLessThan(3_000);
  const types = join(checkout.folder, 'subgraphs/category/src/generated/resolvers.ts');
  await until('its types are written', async () => existsSync(types) && readFileSync(types, 'utf8').includes('title?: '));
  await until('that is told', async () => /codegen +│ types written in \d+\.\d s/.test(dev.output()));
  expect(pidOf('router')).toBe(router);
}, 60_000);

test('a schema that does not compose leaves the last good one serving and says why', async () => {
  edit('subgraphs/order/schema.graphql', (text) => text.replace(/^ {2}unitsSold: Int.*\n/m, '$&  "Planted."\n  name: String!\n'));
  await until('the failure is told', async () => dev.output().includes('composition failed, the last good supergraph is served on'));
  await until('the place is shown', async () =>
    /order\/schema\.graphql:\d+:\d+ {2}order Product\.name\n(.*\n){1,4}.*> \d+ \| .*\n.* \| +\^/.test(dev.output()),
  );
  expect((await ask('{ product(sku: "A-1") { name unitsSold } }')).data).toEqual({ product: { name: 'First', unitsSold: 2 } });
  edit('subgraphs/order/schema.graphql', (text) => text.replace('  "Planted."\n  name: String!\n', ''));
  await until('order restarted', async () => dev.output().includes('order           │ restarted'));
  expect((await ask('{ product(sku: "A-1") { unitsSold } }')).data).toEqual({ product: { unitsSold: 2 } });
}, 60_000);

test('50 rapid saves end with the last schema serving', async () => {
  const schema = readFileSync(join(checkout.folder, 'subgraphs/category/schema.graphql'), 'utf8');
  for (let save = 1; save <= 50; save++) {
    writeFileSync(
      join(checkout.folder, 'subgraphs/category/schema.graphql'),
      // Every third one cannot be read.
      schema.replace(/^type Category .*\{$/m, save % 3 === 0 ? '$& {' : `$&\n  "Planted."\n  save${save}: String`),
    );
    await sleep(20);
  }
  await until('the last one answers', async () => (await ask('{ category(slug: "lamps") { save50 } }')).errors.length === 0);
  expect((await ask('{ category(slug: "lamps") { save49 } }')).errors).toHaveLength(1);
  const composed = readFileSync(join(checkout.folder, 'supergraph.graphql'), 'utf8');
  expect([composed.includes('save50: String'), composed.includes('save49: String')]).toEqual([true, false]);
}, 90_000);

test('a subgraph that dies is started again', async () => {
  const order = pidOf('subgraphs/order') ?? 0;
  process.kill(order, 'SIGKILL');
  await until('it is back', async () => ![undefined, order].includes(pidOf('subgraphs/order')));
  expect(dev.output()).toContain('order           │ starts again in 0.5 s');
  await until('it answers', async () => (await ask('{ product(sku: "A-1") { unitsSold } }')).errors.length === 0);
}, 60_000);

test('a subgraph that supergraph.yaml gets is started and joined, and one that it loses is stopped', async () => {
  const folder = join(checkout.folder, 'subgraphs', 'greetings');
  // A room of its own: the mock's, which needs a schema only.
  mkdirSync(join(folder, 'src'), { recursive: true });
  writeFileSync(
    join(folder, 'src/main.ts'),
    `process.argv.push('greetings', ${JSON.stringify(join(folder, 'schema.graphql'))});\nawait import(${JSON.stringify(join(checkout.folder, 'packages/supergraph-cli/src/dev/mock-subgraph.ts'))});\n`,
  );
  writeFileSync(
    join(folder, 'schema.graphql'),
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key"])\ntype Query { greeting: String }\n',
  );
  const before = readFileSync(join(checkout.folder, 'supergraph.yaml'), 'utf8');
  const entry = '  greetings:\n    routing_url: http://127.0.0.1:4004/graphql\n    schema:\n      file: ./subgraphs/greetings/schema.graphql\n';
  writeFileSync(join(checkout.folder, 'supergraph.yaml'), `${before}${entry}`);
  await until('it answers', async () => typeof (await ask('{ greeting }').catch(() => undefined))?.data?.['greeting'] === 'string');
  expect((await ask('{ product(sku: "A-1") { unitsSold } }')).data).toEqual({ product: { unitsSold: 2 } });
  writeFileSync(join(checkout.folder, 'supergraph.yaml'), before);
  await until('it is gone', async () => dev.output().split('the router knows').length === 3);
  expect(pidOf('subgraphs/greetings')).toBeUndefined();
  expect((await ask('{ product(sku: "A-1") { unitsSold } }')).data).toEqual({ product: { unitsSold: 2 } });
}, 90_000);

test('dev and --mock: a mocked subgraph answers from its schema, the others join it; killing dev leaves no process behind', async () => {
  const other = copyCheckout();
  writeSmallDataset(join(other.folder, 'data', 'online-retail'));
  const run = other.supergraph(['dev', '--mock', 'category']);
  try {
    await run.says('Ctrl-C stops everything');
    const url = `http://127.0.0.1:${4_000 + other.portOffset}/graphql`;
    const query = '{ product(sku: "A-1") { sku name unitsSold } }';
    const { data } = await post(url, { query });
    expect(data).toEqual({ product: { sku: 'A-1', name: 'Product 1', unitsSold: 2 } });
    expect((await post(url, { query })).data).toEqual(data);
    const processes = descendantsOf(run.process.pid);
    expect(processes.map(commandOf).filter((command) => command.includes('postgres')).length).toBeGreaterThan(0);
    expect(processes.length).toBeGreaterThan(8);
    run.process.kill('SIGKILL');
    await run.ended;
    await until('every process is gone', async () => processes.filter(isAlive).length === 0);
  } finally {
    run.process.kill('SIGKILL');
    other.remove();
  }
}, 120_000);

test('the keys that the banner tells do what it says, and without the user subgraph everything goes on for who is not signed in', async () => {
  const other = copyCheckout();
  writeSmallDataset(join(other.folder, 'data', 'online-retail'));
  const run = other.onTerminal(['dev', '--mock', 'user']);
  const press = (key: string): void => void run.process.stdin.write(key);
  const times = (text: string): number => run.output().split(text).length - 1;
  try {
    await run.says('q quit');
    expect(/^ +(r .*q quit)\r?$/m.exec(run.output())?.[1]).toBe('r restart all   c compose   o what runs where   h keys   q quit');
    const portOf = (standard: number): string => `http://127.0.0.1:${standard + other.portOffset}`;
    const query = '{ product(sku: "A-1") { name unitsSold } user(id: "7") { name } }';
    expect((await post(`${portOf(4_000)}/graphql`, { query })).data).toEqual({
      product: { name: 'First', unitsSold: 2 },
      user: { name: expect.any(String) },
    });
    for (const url of [`${portOf(4_010)}/products/A-1`, `${portOf(4_020)}/views/product/A-1`]) expect((await fetch(url)).status).toBe(200);
    press('h');
    await until('the keys are told again', async () => times('q quit') === 2);
    press('o');
    await until('the banner is shown again', async () => times('Ctrl-C stops everything') === 2);
    press('c');
    await until('it composed', async () => times('composed in') === 1);
    press('r');
    await until('all restarted', async () => ['router', 'user', 'category'].every((room) => times(`${room.padEnd(15)} │ restarted`) === 1));
    const processes = descendantsOf(run.process.pid);
    press('q');
    const code = await run.ended;
    // 4 s to drain are not enough on a machine that is very busy.
    expect(code === 0 || run.output().includes('did not drain')).toBe(true);
    await until('every process is gone', async () => processes.filter(isAlive).length === 0);
  } finally {
    run.process.kill('SIGKILL');
    other.remove();
  }
}, 120_000);

test('a subgraph to mock that is not there is refused', async () => {
  const run = checkout.supergraph(['dev', '--mock', 'catgory']);
  expect(await run.ended).toBe(2);
  expect(run.output()).toContain('did you mean category?');
});
