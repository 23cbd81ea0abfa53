import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../run-command.ts';
import { hashOf } from './client-operations.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@tag"])\n';
const CATALOGUE = `${LINK}
type Query {
  product(id: ID!): Product
}
type Product @key(fields: "id") {
  id: ID!
  name: String!
  price: Float
  stock: Int
}
`;
const REVIEWS = `${LINK}
type Product @key(fields: "id") {
  id: ID!
  reviews: [Review!]
}
type Review {
  text: String @tag(name: "internal")
  stars: Int
}
`;
const RELEASED = 'query Old($id: ID!) { product(id: $id) { price } }';
const FILES: Readonly<Record<string, string>> = {
  'supergraph.yaml': `subgraphs:
  catalogue: { routing_url: http://127.0.0.1:4001/graphql, schema: { file: ./catalogue.graphql } }
  reviews: { routing_url: http://127.0.0.1:4002/graphql, schema: { file: ./reviews.graphql } }
`,
  'catalogue.graphql': CATALOGUE,
  'reviews.graphql': REVIEWS,
  'router/router.yaml': 'contracts:\n  mobile: { exclude: [internal], clients: [app] }\n',
  'clients/clients.yaml': 'app: { operations: app/*.graphql, types: app/generated }\n',
  'clients/app/1.0.0.json': JSON.stringify({ [hashOf(RELEASED)]: RELEASED }),
  'app/home.graphql': 'query Home($id: ID!) {\n  product(id: $id) {\n    ...Card\n    stock\n  }\n}\n',
  'app/card.graphql': 'fragment Card on Product {\n  name\n  price\n}\n',
  'admin/stars.graphql': 'query Stars { product(id: "1") { reviews { stars } } }',
  'supergraph.check.yaml': 'operations: { admin: admin/*.graphql }\n',
};

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

let folder: string;

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.test', ...args], { cwd: folder, encoding: 'utf8' });
const put = (file: string, text: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
};
const edit = (file: string, from: string, to: string): void => {
  const text = readFileSync(join(folder, file), 'utf8');
  expect(text).toContain(from);
  put(file, text.replace(from, to));
};

const supergraph = async (...args: string[]): Promise<{ code: unknown; output: string; errors: string }> => {
  let output = '';
  let errors = '';
  const write = (text: string): void => {
    output += text;
  };
  const writeError = (text: string): void => {
    errors += text;
  };
  const code = await runCommand(args, { cwd: folder, env: {}, write, writeError });
  return { code, output, errors };
};

interface Told {
  severity: string;
  rule: string;
  coordinate: string;
  reach?: string;
  schemas?: string[];
  place?: { file: string; line: number; column: number };
  operations?: { client: string; operation: string; file: string; line?: number }[];
}

const findings = async (...args: string[]): Promise<{ code: unknown; all: Told[] }> => {
  const { code, output, errors } = await supergraph('check', '--format', 'json', ...args);
  expect(errors).toBe('');
  const { data } = JSON.parse(output) as { data: { tasks: Record<string, { findings: Told[] }> } };
  return { code, all: Object.values(data.tasks).flatMap((task) => task.findings) };
};

const loud = (all: readonly Told[]): string[] =>
  all.flatMap(({ severity, rule, coordinate }) => (severity === 'error' ? [`${rule} ${coordinate}`] : []));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'supergraph-checked-'));
  for (const [file, text] of Object.entries(FILES)) put(file, text);
  await supergraph('check', '--update-budgets');
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', '.');
  git('commit', '--quiet', '-m', 'base');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a removed field: which operations break, where, in which schemas; git and the work tree are not touched', async () => {
  edit('catalogue.graphql', '  price: Float\n', '');
  const before = [git('status', '--porcelain'), git('worktree', 'list'), readdirSync(folder).join()];
  const { code, all } = await findings();
  expect(code).toBe(1);
  expect(all.map(({ rule }) => rule)).toEqual(['FIELD_REMOVED']);
  const [removed] = all;
  expect(removed).toMatchObject({
    severity: 'error',
    rule: 'FIELD_REMOVED',
    coordinate: 'Product.price',
    reach: 'breaks 2 of 3 operations',
    schemas: ['graph', 'mobile'],
    place: { file: 'catalogue.graphql', line: 6, column: 6 },
    operations: [
      { client: 'app', operation: 'Home', file: 'app/card.graphql', line: 3 },
      { client: 'app 1.0.0', operation: 'Old', file: 'clients/app/1.0.0.json' },
    ],
  });
  expect([git('status', '--porcelain'), git('worktree', 'list'), readdirSync(folder).join()]).toEqual(before);
});

test('the client that is changed together with the schema still runs as it was', async () => {
  edit('catalogue.graphql', '  stock: Int\n', '  units: Int\n');
  edit('app/home.graphql', '    stock\n', '    units\n');
  const { all } = await findings('--fail-on', 'operations');
  const removed = all.find(({ rule }) => rule === 'FIELD_REMOVED');
  expect(removed?.operations).toMatchObject([
    { client: expect.stringMatching(/^app at [0-9a-f]{7}$/), operation: 'Home', file: 'app/home.graphql', line: 4 },
  ]);
});

test('breaking by rule alone is told as such, and fails only when asked to', async () => {
  edit('reviews.graphql', '  text: String @tag(name: "internal")\n', '');
  const { code, all } = await findings();
  expect(code).toBe(1);
  expect(all[0]).toMatchObject({ rule: 'FIELD_REMOVED', reach: 'breaking by rule, breaks 0 of 3 known operations', schemas: ['graph'] });
  expect((await findings('--fail-on', 'operations')).code).toBe(0);
});

test('an approval lets a finding pass until its day; expired, unused and misspelt ones are findings', async () => {
  edit('catalogue.graphql', '  price: Float\n', '');
  const allow = (change: string, expires: string) =>
    put('supergraph.allow.yaml', `allow:\n  - { change: ${change}, reason: the app stopped asking for it, expires: ${expires} }\n`);
  await supergraph('check', '--update-budgets');
  allow('FIELD_REMOVED Product.price', '2999-01-01');
  expect(loud((await findings()).all)).toEqual([]);
  allow('FIELD_REMOVED Product.price', '2020-01-01');
  expect(loud((await findings()).all)).toEqual(['FIELD_REMOVED Product.price', 'APPROVAL_EXPIRED FIELD_REMOVED Product.price']);
  allow('FIELD_REMOVED Product.prize', '2999-01-01');
  expect(loud((await findings()).all)).toEqual(['FIELD_REMOVED Product.price', 'APPROVAL_UNUSED FIELD_REMOVED Product.prize']);
  allow('FIELD_REMOVED Product.price', 'soon');
  expect(await supergraph('check')).toMatchObject({ code: 2, errors: expect.stringContaining('supergraph.allow.yaml: allow.0.expires') });
});

test('a field that moves is safe, but the operation that became costlier fails until the budget says so', async () => {
  edit('catalogue.graphql', '  stock: Int\n', '');
  edit('reviews.graphql', '  reviews: [Review!]\n', '  reviews: [Review!]\n  stock: Int\n');
  const { code, all } = await findings();
  expect(code).toBe(1);
  expect(loud(all)).toEqual(['DESCRIPTION_MISSING Product.stock', 'BUDGET_EXCEEDED app Home']);
  await supergraph('check', '--update-budgets');
  expect(loud((await findings()).all)).toEqual(['DESCRIPTION_MISSING Product.stock']);
  expect(git('diff', 'supergraph.budgets.yaml')).toContain('+  Home: { fetches: 2, depth: 2, entityCalls: 1 }');
});

test('a schema that does not compose is told with file, line and column', async () => {
  edit('reviews.graphql', '  reviews: [Review!]\n', '  reviews: [Review!]\n  name: String!\n');
  const { code, all } = await findings();
  expect(code).toBe(1);
  expect(all[0]).toMatchObject({ rule: 'INVALID_FIELD_SHARING', place: { file: expect.stringMatching(/\.graphql$/), line: 8, column: 3 } });
});

test('a deleted subgraph takes its fields with it', async () => {
  edit('supergraph.yaml', FILES['supergraph.yaml']?.split('\n')[2] ?? '', '');
  unlinkSync(join(folder, 'reviews.graphql'));
  const { all } = await findings();
  expect(all.map(({ rule, coordinate }) => `${rule} ${coordinate}`)).toEqual(
    expect.arrayContaining(['SUBGRAPH_REMOVED reviews', 'FIELD_REMOVED Product.reviews', 'TYPE_REMOVED Review']),
  );
  expect(all.find(({ coordinate }) => coordinate === 'Product.reviews')?.operations).toMatchObject([{ client: 'admin', operation: 'Stars' }]);
});

test('only what is new is linted, unless all is asked for', async () => {
  edit('reviews.graphql', '  stars: Int\n', '  stars: Int\n  Bad_name: [Int]\n');
  const fresh = (await findings()).all.filter(({ rule }) => rule !== 'FIELD_ADDED');
  expect(fresh.map(({ rule, coordinate }) => `${rule} ${coordinate}`).sort()).toEqual([
    'DESCRIPTION_MISSING Review.Bad_name',
    'FIELD_NAME Review.Bad_name',
    'LIST_ITEM_NULLABLE Review.Bad_name',
  ]);
  expect((await findings('--lint', 'all')).all.length).toBeGreaterThan(10);
  put('supergraph.check.yaml', 'lint: { FIELD_NAME: off, DESCRIPTION_MISSING: warning }\n');
  expect(loud((await findings()).all)).toEqual([]);
});

test('a usage file counts requests, and brings operations that the repository does not have', async () => {
  const lines = [
    { hash: hashOf(RELEASED), count: 1200, client: 'app', version: '1.0.0' },
    { operation: '{ product(id: "1") { price } }', count: 3, client: 'script' },
  ];
  put('usage.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
  edit('catalogue.graphql', '  price: Float\n', '');
  const { all } = await findings('--usage', 'usage.jsonl');
  expect(all[0]).toMatchObject({ reach: 'breaks 3 of 4 operations (1,203 requests)' });
  // As two replicas wrote it; what is known by its hash is not one client more.
  put('seen/one.jsonl', JSON.stringify({ ...lines[0], operation: RELEASED }));
  put('seen/two.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
  const [first] = (await findings('--usage', 'seen', '--usage', 'usage.jsonl')).all;
  expect(first).toMatchObject({ reach: 'breaks 3 of 4 operations (3,606 requests)' });
  expect((await supergraph('check', '--usage', 'seen')).output).toMatch(/\n +app 1\.0\.0 Old {2}\S+ {2}used 2,400 times\n/);
  put('usage.jsonl', '{}');
  expect(await supergraph('check', '--usage', 'usage.jsonl')).toMatchObject({ code: 2, errors: expect.stringContaining('usage.jsonl:1') });
});

test('operations that defer are known as any other, from the sources, released or seen', async () => {
  const later = (field: string): string => `query Later { product(id: "1") { name ... @defer(label: "later") { ${field} } } }`;
  put('app/later.graphql', later('stock'));
  put('clients/app/1.1.0.json', JSON.stringify({ [hashOf(later('stock'))]: later('stock') }));
  put('seen.jsonl', JSON.stringify({ operation: later('reviews { stars }'), count: 7, client: 'script' }));
  await supergraph('check', '--update-budgets');
  expect(await findings('--usage', 'seen.jsonl')).toEqual({ code: 0, all: [] });
  expect(await supergraph('operations')).toMatchObject({ code: 0 });
  edit('reviews.graphql', '  stars: Int\n', '  points: Int\n');
  const { all } = await findings('--usage', 'seen.jsonl');
  expect(all[0]).toMatchObject({ rule: 'FIELD_REMOVED', reach: 'breaks 2 of 6 operations (7 requests)' });
});

test('a usage file or folder that gives nothing to read is said so', async () => {
  put('seen/router.jsonl/notes.txt', 'a folder that is called like a usage file');
  expect(await supergraph('check', '--usage', 'seen')).toMatchObject({ code: 2, errors: expect.stringContaining('no .jsonl file in seen') });
  symlinkSync('router.jsonl', join(folder, 'seen', 'other.jsonl'));
  expect(await supergraph('check', '--usage', 'seen')).toMatchObject({ code: 2, errors: expect.stringContaining('cannot be read: EISDIR') });
});

test('every format tells the same error at the same place', async () => {
  edit('catalogue.graphql', '  price: Float\n', '');
  const print = async (format: string): Promise<string> => (await supergraph('check', '--format', format)).output;
  expect(await print('pretty')).toMatch(/✗ FIELD_REMOVED Product\.price {2}breaks 2 of 3 operations {2}catalogue\.graphql:6:6/);
  expect(await print('github')).toMatch(/^::error file=catalogue\.graphql,line=6,col=6,title=FIELD_REMOVED Product\.price::.*%0Abreaks 2 of 3/);
  expect(await print('markdown')).toMatch(/\| ❌ \| `FIELD_REMOVED Product\.price` \|.*\*\*breaks 2 of 3 operations\*\*.*\| catalogue\.graphql:6 \|/);
  const junit = await print('junit');
  expect(junit).toMatch(/<testsuite name="changes" tests="1" failures="1">\n.*name="FIELD_REMOVED Product\.price"><failure /);
  const { runs } = JSON.parse(await print('sarif')) as { runs: { results: { ruleId: string; locations: unknown[] }[] }[] };
  expect(runs[0]?.results[0]).toMatchObject({
    ruleId: 'FIELD_REMOVED',
    level: 'error',
    locations: [{ physicalLocation: { region: { startLine: 6, startColumn: 6 } } }],
  });
});

test('exit codes: 2 for what the user typed, 3 for what the machine lacks', async () => {
  expect(await supergraph('check', '--base', 'nowhere')).toMatchObject({ code: 2, errors: expect.stringContaining("git does not know 'nowhere'") });
  expect(await supergraph('check', '--base', '--upload-pack=x')).toMatchObject({ code: 2 });
  expect(await supergraph('check', '--format', 'xml')).toMatchObject({ code: 2, errors: expect.stringContaining('expected pretty, json') });
  rmSync(join(folder, '.git'), { recursive: true });
  expect(await supergraph('check')).toMatchObject({ code: 3, errors: expect.stringContaining('is not in a git checkout') });
});

test.runIf(existsSync(join(ROOT, '.git')))('a check of this repository takes less than 3 s of a processor', () => {
  const main = join(ROOT, 'packages/supergraph-cli/src/main.ts');
  const { stdout, status } = spawnSync(process.execPath, [main, 'check', '--base', 'HEAD', '--format', 'json'], { cwd: ROOT, encoding: 'utf8' });
  expect([0, 1]).toContain(status);
  const { data } = JSON.parse(stdout) as { data: { cpu_ms: number; operation_check_count: number } };
  expect(data.operation_check_count).toBeGreaterThan(20);
  expect(data.cpu_ms).toBeLessThan(3_000);
});
