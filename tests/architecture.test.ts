import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from './world.ts';

const run = promisify(execFile);
const FOLDERS = ['packages', 'subgraphs', 'router', 'rest', 'webhooks', 'payment-sandbox', 'bffs', 'apps', 'tests'];
const FEWEST_MODULES = 150;

interface Report {
  modules: { source: string; dependencies: { module: string }[] }[];
  summary: { totalCruised: number; violations: { rule: { name: string }; from: string }[] };
}

/** A copy of the sources, so that a planted violation never touches the checkout. */
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'supergraph-imports-'));
  const withoutModules = (source: string): boolean => !/[\\/](node_modules|\.turbo|\.data)$/.test(source);
  for (const entry of [...FOLDERS, 'package.json', 'tsconfig.base.json', '.dependency-cruiser.mjs'])
    cpSync(join(ROOT, entry), join(copy, entry), { recursive: true, filter: withoutModules });
  // Libraries come from the checkout, workspaces from the copy: a link to the checkout would look outside.
  mkdirSync(join(copy, 'node_modules'));
  linkModules();
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const WORKSPACES: Record<string, string> = {
  ...Object.fromEntries(readdirSync(join(ROOT, 'subgraphs')).map((name) => [name, `subgraphs/${name}`])),
  router: 'router',
  rest: 'rest',
  webhooks: 'webhooks',
  'payment-sandbox': 'payment-sandbox',
  'mobile-bff': 'bffs/mobile',
  'web-bff': 'bffs/web',
  storefront: 'apps/storefront',
  tests: 'tests',
  cli: 'packages/supergraph-cli',
  ...Object.fromEntries(
    readdirSync(join(ROOT, 'packages'))
      .filter((name) => name !== 'supergraph-cli')
      .map((name) => [name, `packages/${name}`]),
  ),
};

const linkModules = (): void => {
  const scope = join(copy, 'node_modules', '@supergraph');
  mkdirSync(scope);
  for (const [name, folder] of Object.entries(WORKSPACES)) {
    symlinkSync(join(copy, folder), join(scope, name));
    // What npm could not hoist.
    const own = join(ROOT, folder, 'node_modules');
    if (existsSync(own)) symlinkSync(own, join(copy, folder, 'node_modules'));
  }
  const libraries = readdirSync(join(ROOT, 'node_modules')).filter((name) => name !== '@supergraph' && !name.startsWith('.'));
  for (const library of libraries) symlinkSync(join(ROOT, 'node_modules', library), join(copy, 'node_modules', library));
};

const cruise = async (): Promise<Report> => {
  const program = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
  const args = [program, ...FOLDERS, '--config', '.dependency-cruiser.mjs', '--output-type', 'json'];
  const { stdout } = await run(process.execPath, args, { cwd: copy, maxBuffer: 100_000_000 }).catch((error: { stdout: string }) => error);
  return JSON.parse(stdout) as Report;
};

const violations = ({ summary }: Report): string[] => summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);

/** Neither dependency-cruiser nor knip tells these: a link to a workspace looks like any other folder of the checkout. */
const undeclared = ({ modules }: Report): string[] =>
  modules.flatMap(({ source, dependencies }) => {
    const room = Object.entries(WORKSPACES).find(([, folder]) => source.startsWith(`${folder}/`));
    if (room === undefined) return [];
    const manifest = JSON.parse(readFileSync(join(copy, room[1], 'package.json'), 'utf8')) as Record<string, Record<string, string> | undefined>;
    const declared = { ...manifest['dependencies'], ...manifest['devDependencies'], [`@supergraph/${room[0]}`]: '' };
    const imported = dependencies.map(({ module }) => /^@supergraph\/[^/]+/.exec(module)?.[0]).filter((name) => name !== undefined);
    return [...new Set(imported)].filter((name) => !(name in declared)).map((name) => `${source}: ${name}`);
  });

/** One bad import for each rule, and more than one where a rule can be broken in different ways. */
const PLANTED: readonly (readonly [rule: string, folder: string, content: string])[] = [
  ['domain-is-pure', 'subgraphs/order/src/domain', "import 'node:fs';"],
  ['domain-is-pure', 'subgraphs/order/src/domain', "import '@supergraph/database/database';"],
  ['domain-is-pure', 'subgraphs/order/src/domain', "import '@supergraph/identity/token-verifier';"],
  ['use-cases-see-only-the-domain', 'subgraphs/user/src/use-cases', "import '../repositories/user-repository.postgres.ts';"],
  ['use-cases-see-only-the-domain', 'subgraphs/user/src/use-cases', "import 'jose';"],
  ['primary-adapters-call-use-cases', 'subgraphs/category/src/resolvers', "import '../repositories/product-repository.postgres.ts';"],
  ['primary-adapters-call-use-cases', 'subgraphs/category/src/consumers', "import '../config.ts';"],
  ['primary-adapters-call-use-cases', 'subgraphs/order/src/grpc', "import '../repositories/order-row.ts';"],
  ['repositories-implement-ports', 'subgraphs/order/src/repositories', "import '../use-cases/place-order.ts';"],
  ['domain-is-pure', 'webhooks/src/domain', "import 'undici';"],
  ['use-cases-see-only-the-domain', 'webhooks/src/use-cases', "import '../config.ts';"],
  ['primary-adapters-call-use-cases', 'webhooks/src/rest', "import '../config.ts';"],
  ['outward-adapters-stand-behind-ports', 'webhooks/src/dispatcher', "import '../config.ts';"],
  [
    'generated-types-stay-at-the-edge',
    'subgraphs/order/src',
    "import type { Resolvers } from './generated/resolvers.ts';\nexport type Planted = Resolvers;",
  ],
  [
    'generated-types-stay-at-the-edge',
    'subgraphs/order/src/consumers',
    "import type { OrdersDefinition } from '../generated/proto/supergraph/order/v1/Orders.ts';\nexport type Planted = OrdersDefinition;",
  ],
  ['only-main-runs-the-app', 'subgraphs/order/src', "import './app.ts';"],
  ['apps-never-import-apps', 'router/src', "import '@supergraph/order/app';"],
  ['apps-never-import-apps', 'subgraphs/user/src', "import '../../order/src/domain/order.ts';"],
  ['apps-never-import-apps', 'payment-sandbox/src', "import '../../webhooks/src/config.ts';"],
  ['apps-never-import-apps', 'rest/src', "import '@supergraph/order/app';"],
  ['packages-never-import-apps', 'packages/service/src', "import '@supergraph/category/app';"],
  ['pure-packages-stay-pure', 'packages/errors/src', "import 'fastify';"],
  ['pure-packages-stay-pure', 'packages/pagination/src', "import 'node:crypto';"],
  ['apps-never-import-apps', 'bffs/mobile/src', "import '../../web/src/app.ts';"],
  ['the-client-package-stands-alone', 'packages/client/src', "import '@supergraph/errors';"],
  ['frontends-are-clients', 'apps/storefront/src', "import '@supergraph/service/config';"],
  ['frontends-are-clients', 'apps/storefront/src', "import 'node:fs';"],
  ['no-deep-package-imports', 'router/src', "import '../../packages/service/src/config.ts';"],
  ['no-undeclared-dependencies', 'packages/dataset/src', "import 'kysely';"],
  ['no-undeclared-dependencies', 'rest/src', "import 'kysely';"],
  ['no-cycles', 'packages/dataset/src', "import './planted-%.ts';"],
  ['no-import-of-tests', 'packages/identity/src', "import './caller.test.ts';"],
  ['no-unresolved', 'packages/service/src', "import '@supergraph/no-such-package';"],
];

describe('who may import whom', () => {
  test('the house keeps its rules, and the tool sees all of it', async () => {
    const report = await cruise();
    expect(violations(report)).toEqual([]);
    expect(report.summary.totalCruised).toBeGreaterThan(FEWEST_MODULES);
  });

  test('every planted violation turns its rule red', async () => {
    const files = PLANTED.map(([rule, folder, content], index) => {
      const name = `planted-${index}.ts`;
      mkdirSync(join(copy, folder), { recursive: true });
      writeFileSync(join(copy, folder, name), content.replace('%', String(index)));
      return `${rule}: ${folder}/${name}`;
    });
    const found = new Set(violations(await cruise()));
    PLANTED.forEach(([, folder], index) => void rmSync(join(copy, folder, `planted-${index}.ts`)));
    expect(files.filter((file) => !found.has(file))).toEqual([]);
  });

  test('every workspace package that is imported is declared where it is: npm hoists, so an undeclared one would run', async () => {
    expect(undeclared(await cruise())).toEqual([]);
    writeFileSync(join(copy, 'packages/pagination/src/undeclared.ts'), "import '@supergraph/dataset/rejection';");
    expect(undeclared(await cruise())).toEqual(['packages/pagination/src/undeclared.ts: @supergraph/dataset']);
  });
});
