import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT, startWorld, type World } from '../world.ts';
import { type IdsOnlyProxy, startIdsOnlyProxy } from './ids-only-proxy.ts';

const run = promisify(execFile);

/** A frontend's project outside this repository: the tarball unpacked, libraries of this checkout, nothing else of ours. */
let project: string;
let world: World;
let proxy: IdsOnlyProxy;

const link = (name: string): void => symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));

const packInto = async (folder: string): Promise<void> => {
  const built = join(project, 'built');
  await run(process.execPath, [join(ROOT, 'packages', 'client', 'build.ts'), built]);
  const { stdout } = await run('npm', ['pack', built, '--json', '--pack-destination', project], { cwd: project });
  const [packed] = Object.values(JSON.parse(stdout) as { filename: string }[]);
  mkdirSync(folder, { recursive: true });
  await run('tar', ['-xzf', join(project, packed?.filename ?? ''), '-C', folder, '--strip-components=1']);
  rmSync(built, { recursive: true });
};

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'supergraph-frontend-'));
  mkdirSync(join(project, 'node_modules'));
  await packInto(join(project, 'node_modules', '@supergraph', 'client'));
  const libraries = readdirSync(join(ROOT, 'node_modules')).filter((name) => name !== '@supergraph' && !name.startsWith('.'));
  for (const library of libraries) link(library);
  cpSync(join(import.meta.dirname, 'examples'), project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  world = await startWorld();
  proxy = await startIdsOnlyProxy(world.url);
}, 240_000);
afterAll(async () => {
  proxy?.stop();
  await world?.stop();
  rmSync(project, { recursive: true, force: true });
});

const compile = async (...files: string[]): Promise<string[]> => {
  const options = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--allowImportingTsExtensions',
  ];
  const program = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules', '@types'), '--skipLibCheck'];
  const { stdout } = await run(process.execPath, [program, ...options, ...types, ...files], { cwd: project }).catch(
    (error: { stdout: string }) => error,
  );
  return stdout.split('\n').filter((line) => line.includes('error TS'));
};

describe('the packed client', () => {
  test('has JavaScript, declarations and nothing else to install', () => {
    const folder = join(project, 'node_modules', '@supergraph', 'client');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /(?<!\.d)\.ts$|\.test\./.test(file))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'LICENSE', 'create-client.js', 'web/manifest.json', 'partner/generated/graphql.d.ts']),
    );
    const { dependencies, peerDependenciesMeta } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(dependencies).toBeUndefined();
    expect(peerDependenciesMeta).toEqual({ graphql: { optional: true } });
    const code = files.filter((file) => /\.(js|d\.ts)$/.test(file)).map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
    const foreign = code.flatMap(({ file, text }) =>
      [...text.matchAll(/(?:from|import) ['"]([^'".][^'"]*)['"]/g)].map(([, specifier]) => `${file} imports ${specifier}`),
    );
    expect(foreign.sort()).toEqual(['apollo-document.d.ts imports graphql', 'apollo-document.js imports graphql']);
  });

  test.each(['fetch', 'apollo', 'urql'])('works with %s, by ids alone, and answers from its cache', async (name) => {
    const before = proxy.passed();
    const { stdout } = await run(process.execPath, [
      join(project, `${name}.ts`),
      `${proxy.url}/web/graphql`,
      'customer-17850@example.com',
      'supergraph',
    ]);
    const answer = JSON.parse(stdout) as { name: string; orders: { number: string; status: string }[]; again: string };
    expect(answer).toMatchObject({ name: 'Customer 17850', again: 'Customer 17850' });
    expect(proxy.passed() - before).toBe(name === 'fetch' ? 3 : 2);
    expect(answer.orders[0]).toEqual({ number: expect.stringMatching(/^C?\d{6}$/), status: expect.stringMatching(/^(PAID|CANCELLED)$/) });
  });

  test('is typed: the examples compile, and a field or variable that is not there does not', async () => {
    expect(await compile('fetch.ts', 'apollo.ts', 'urql.ts')).toEqual([]);
    writeFileSync(
      join(project, 'wrong.ts'),
      `import { createClient } from '@supergraph/client';
import { apolloDocument } from '@supergraph/client/apollo';
import { urqlDocument } from '@supergraph/client/urql';
import { ApolloClient } from '@apollo/client';
import { Client } from 'urql';
import { MeDocument, OrderStatusDocument } from '@supergraph/client/web';
const client = createClient({ url: '/graphql' });
(await client.execute(MeDocument)).data.me?.shoeSize;
await client.execute(OrderStatusDocument);
await client.execute(OrderStatusDocument, { number: 1 });
(await client.execute(OrderStatusDocument, { number: '1' })).data.order?.status;
(await (undefined as unknown as ApolloClient).query({ query: apolloDocument(MeDocument) })).data?.me?.shoeSize;
(await (undefined as unknown as Client).query(urqlDocument(MeDocument), {}).toPromise()).data?.me?.shoeSize;
`,
    );
    const errors = (await compile('wrong.ts')).map((line) => /\((\d+),\d+\): error (TS\d+)/.exec(line)?.slice(1).join(' '));
    expect(errors).toEqual(['8 TS2339', '9 TS2554', '10 TS2322', '11 TS2339', '12 TS2339', '13 TS2339']);
  }, 240_000);

  test('without this repository: the declarations hold by themselves', async () => {
    rmSync(join(project, 'node_modules', 'graphql'));
    writeFileSync(join(project, 'alone.ts'), readFileSync(join(project, 'fetch.ts')));
    const program = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2022,dom', '--skipLibCheck', 'false'];
    const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules', '@types')];
    const { stdout } = await run(process.execPath, [program, ...options, ...types, 'alone.ts'], { cwd: project }).catch(
      (error: { stdout: string }) => error,
    );
    link('graphql');
    expect(stdout.split('\n').filter((line) => line.includes('supergraph') || line.startsWith('alone'))).toEqual([]);
  }, 240_000);
});

test('what README.md tells frontend teams to send is answered as it says', async () => {
  const [, section = ''] = /^## For frontend teams$([\s\S]*?)^## /m.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
  const [, command = '', answer = ''] = /```sh\n(curl [\s\S]*?)```\s+```\n([^\n]*?)…/.exec(section) ?? [];
  const { stdout } = await run('sh', ['-c', command.replace('localhost:4000', new URL(world.url).host)]);
  expect(answer).toContain('"categories"');
  expect(stdout.slice(0, answer.length)).toBe(answer);
});

test('the subscription of README.md stands until it is ended', async () => {
  const [, command = ''] = /```sh\n(curl -N [\s\S]*?)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
  const seconds = 'curl --max-time 2 -w "%{http_code}" -N';
  const script = command.replace('curl -N', seconds).replace('localhost:4000', new URL(world.url).host);
  const ended = run('sh', ['-c', script], { env: { ...process.env, TOKEN: await world.signIn('staff@example.com') } });
  // 28: the time that was given is over.
  await expect(ended).rejects.toMatchObject({ code: 28, stdout: expect.stringMatching(/^(:[^\n]*\n|\n)*200$/) });
});
