import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommittedCheckout, commitCheckout } from './committed-checkout.ts';

let checkout: CommittedCheckout;

beforeAll(() => {
  checkout = commitCheckout();
}, 120_000);
afterAll(() => checkout?.remove());

const bin = (name: string): string => join(checkout.folder, 'node_modules', '.bin', name);
const read = (path: string): string => readFileSync(join(checkout.folder, path), 'utf8');

describe('supergraph new view', () => {
  test('makes a screen that answers, whose files are in order, and which its undo takes away without a trace', async () => {
    const made = await checkout.supergraph('new', 'view', 'new-arrivals', '--bff', 'web', '--field', 'products');
    expect(made.output).toContain('✓ its tests pass: tests/bffs/web-new-arrivals.e2e.test.ts');
    expect(made.code).toBe(0);
    expect(read('clients/web-bff/next.json')).toContain('query NewArrivalsView');
    expect(Object.keys(JSON.parse(read('bffs/web/openapi.json')).paths)).toContain('/views/new-arrivals');
    const checks = await Promise.all([
      checkout.run(bin('biome'), 'ci', 'bffs', 'tests/bffs'),
      checkout.run(bin('tsc'), '--noEmit', '--project', 'bffs/web'),
      checkout.run(bin('spectral'), 'lint', 'bffs/web/openapi.json', '--fail-severity', 'warn', '--quiet'),
      checkout.supergraph('manifests', '--check'),
      checkout.supergraph('operations'),
      checkout.run(bin('vitest'), 'run', 'bffs/web/src/openapi.test.ts', 'tests/documents.test.ts'),
    ]);
    expect(checks.filter(({ code }) => code !== 0).map(({ output }) => output)).toEqual([]);

    const undone = await checkout.supergraph('new', '--undo', 'new-arrivals', '--bff', 'web');
    expect(undone.output).toContain('✓ the view new-arrivals of web is gone');
    expect(checkout.git('status', '--porcelain')).toBe('');
  }, 300_000);

  test('begins with one thing by its key, and with what is not for everybody', async () => {
    for (const [view, field] of [
      ['gift', 'product'],
      ['history', 'orders'],
      ['profile', 'me'],
    ] as const)
      expect((await checkout.supergraph('new', 'view', view, '--bff', 'mobile', '--field', field, '--no-tests')).output).toContain('✓ bffs/mobile/');
    expect(read('bffs/mobile/src/views/gift.ts')).toContain("sku: text('The stock keeping unit.', '85123A')");
    expect(read('bffs/mobile/src/views/history.ts')).toContain("signIn: 'see this'");
    const tests = ['gift', 'history', 'profile'].map((view) => `tests/bffs/mobile-${view}.e2e.test.ts`);
    const checks = await Promise.all([
      checkout.run(bin('biome'), 'ci', 'bffs', 'tests/bffs'),
      checkout.run(bin('tsc'), '--noEmit', '--project', 'bffs/mobile'),
      checkout.run(bin('vitest'), 'run', ...tests),
    ]);
    expect(checks.filter(({ code }) => code !== 0).map(({ output }) => output)).toEqual([]);
    for (const view of ['history', 'gift', 'profile']) expect((await checkout.supergraph('new', '--undo', view, '--bff', 'mobile')).code).toBe(0);
    expect(checkout.git('status', '--porcelain')).toBe('');
  }, 300_000);

  test('keeps what somebody wrote, unless it is forced', async () => {
    expect((await checkout.supergraph('new', 'view', 'deals', '--bff', 'web', '--no-tests')).code).toBe(0);
    const file = join(checkout.folder, 'bffs', 'web', 'src', 'views', 'deals.graphql');
    writeFileSync(file, `# Mine.\n${readFileSync(file, 'utf8')}`);
    const refused = await checkout.supergraph('new', '--undo', 'deals', '--bff', 'web');
    expect([refused.code, refused.output]).toEqual([
      2,
      expect.stringContaining('deals was worked on since it was made: bffs/web/src/views/deals.graphql'),
    ]);
    expect(existsSync(file)).toBe(true);
    expect((await checkout.supergraph('new', '--undo', 'deals', '--bff', 'web', '--force')).code).toBe(0);
    expect(checkout.git('status', '--porcelain')).toBe('');
  }, 120_000);

  test.each([
    ['no BFF', ['deals'], 'new view needs a name and --bff'],
    ['an unknown BFF', ['deals', '--bff', 'tv'], "there is no backend for a frontend 'tv'"],
    ['a view that is there', ['home', '--bff', 'web'], 'bffs/web/src/views/home.graphql exists already'],
    ['a field that the contract does not have', ['deals', '--bff', 'web', '--field', 'prodcts'], 'did you mean products?'],
    ['a name that is none', ['../deals', '--bff', 'web'], "'../deals' cannot be the name of a view"],
  ])('%s is refused before anything is written', async (_what, args, problem) => {
    const { code, output } = await checkout.supergraph('new', 'view', ...args);
    expect([code, output]).toEqual([2, expect.stringContaining(problem)]);
    expect(checkout.git('status', '--porcelain')).toBe('');
  });
});
