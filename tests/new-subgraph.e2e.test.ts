import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase } from '@supergraph/database/database';
import { startEmbeddedPostgres } from '@supergraph/database/embedded-postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommittedCheckout, commitCheckout } from './committed-checkout.ts';
import { freePort } from './postgres.ts';

let checkout: CommittedCheckout;
let copy: string;
const git = (...args: string[]) => checkout.git(...args);
const run = (program: string, ...args: string[]) => checkout.run(program, ...args);
const supergraph = (...args: string[]) => checkout.supergraph(...args);

beforeAll(() => {
  checkout = commitCheckout();
  copy = checkout.folder;
}, 120_000);
afterAll(() => checkout?.remove());

describe('supergraph new subgraph', () => {
  test('makes a subgraph whose tests pass, whose files are in order, and which its undo takes away without a trace', async () => {
    const made = await supergraph('new', 'subgraph', 'reviews', '--extends', 'Product');
    expect(made.output).toContain('✓ its tests pass: subgraphs/reviews, tests/scenarios/reviews');
    expect(made.code).toBe(0);
    // 90 s are promised, on a machine that does nothing else.
    process.stdout.write(`new subgraph, with its tests: ${/\(([\d.]+ s) in all\)/.exec(made.output)?.[1]}\n`);
    expect(made.output).toContain('products(first: 3) { nodes { sku name reviews { nodes { text createdAt } } } }');
    expect(readFileSync(join(copy, 'supergraph.yaml'), 'utf8')).toMatch(
      /^# The topology[\s\S]*reviews:\n {4}routing_url: http:\/\/127\.0\.0\.1:4004\/graphql/,
    );

    const bin = (name: string): string => join(copy, 'node_modules', '.bin', name);
    const checks = await Promise.all([
      run(bin('biome'), 'ci', 'subgraphs/reviews', 'tests/scenarios/reviews', 'supergraph.yaml'),
      run(bin('tsc'), '--project', 'subgraphs/reviews', '--noEmit'),
      supergraph('compose', '--check', '--write'),
      run(bin('vitest'), 'run', 'tests/documents.test.ts', 'tests/errors-document.test.ts'),
    ]);
    expect(checks.filter(({ code }) => code !== 0).map(({ output }) => output)).toEqual([]);

    const undone = await supergraph('new', '--undo', 'reviews');
    expect(undone.output).toContain('✓ reviews is gone');
    expect(undone.output).toContain('it had no database yet');
    expect(git('status', '--porcelain')).toBe('');
    expect(existsSync(join(copy, 'node_modules', '@supergraph', 'reviews'))).toBe(false);
  }, 300_000);

  test('keeps nothing when a step fails', async () => {
    mkdirSync(join(copy, 'tests', 'scenarios', 'broken'));
    writeFileSync(join(copy, 'tests', 'scenarios', 'broken', 'broken.graphql'), 'query Broken { noSuchField }\n');
    const { code, output } = await supergraph('new', 'subgraph', 'gift-cards', '--extends', 'User');
    rmSync(join(copy, 'tests', 'scenarios', 'broken'), { recursive: true });
    expect(code).toBe(2);
    expect(output).toMatch(/✗ codegen failed/);
    expect(git('status', '--porcelain')).toBe('');
    expect(existsSync(join(copy, 'subgraphs', 'gift-cards'))).toBe(false);
  }, 120_000);

  test('keeps nothing when it is interrupted', async () => {
    const child = spawn(process.execPath, ['packages/supergraph-cli/src/main.ts', 'new', 'subgraph', 'reviews', '--extends', 'Order'], { cwd: copy });
    const composed = new Promise<void>((resolve) => child.stdout.on('data', (text: Buffer) => text.includes('composed') && resolve()));
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    await Promise.race([composed, ended]);
    expect(existsSync(join(copy, 'subgraphs', 'reviews', 'schema.graphql'))).toBe(true);
    child.kill('SIGINT');
    await ended;
    expect(existsSync(join(copy, 'subgraphs', 'reviews'))).toBe(false);
    expect(git('status', '--porcelain')).toBe('');
  }, 60_000);

  test('undo keeps what somebody wrote', async () => {
    expect((await supergraph('new', 'subgraph', 'gift-cards', '--extends', 'User', '--no-tests')).code).toBe(0);
    const file = join(copy, 'subgraphs', 'gift-cards', 'src', 'domain', 'gift-card.ts');
    writeFileSync(file, `${readFileSync(file, 'utf8')}// Mine.\n`);
    const refused = await supergraph('new', '--undo', 'gift-cards');
    expect(refused.code).toBe(2);
    expect(refused.output).toContain('was worked on since it was made: subgraphs/gift-cards/src/domain/gift-card.ts');
    expect(existsSync(file)).toBe(true);
    const server = await startEmbeddedPostgres({
      folder: join(copy, '.data', 'postgres'),
      port: await freePort(),
      databases: ['gift-cards', 'order'],
    });
    try {
      const undone = await supergraph('new', '--undo', 'gift-cards', '--force');
      expect([undone.code, undone.output]).toEqual([0, expect.stringContaining('its database is dropped from the embedded PostgreSQL')]);
      const database = (name: string) =>
        createDatabase({ url: server.url(name), applicationName: 'test', maxConnections: 1, statementTimeoutMs: 5_000 });
      const order = database('order');
      const rows = await order.query<{ datname: string }>("select datname from pg_database where datname in ('gift-cards', 'order')");
      expect(rows).toEqual([{ datname: 'order' }]);
      await order.close();
    } finally {
      await server.stop();
    }
    expect(git('status', '--porcelain')).toBe('');
  }, 120_000);
});
