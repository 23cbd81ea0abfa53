import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

// Writes dist/, or the folder that is named: the package as frontends install it, JavaScript and declarations, with a package.json of its own. Node does not strip
// types below node_modules, and inside this repository everybody imports the sources.
const FOLDER = import.meta.dirname;
const DIST = resolve(process.argv[2] ?? join(FOLDER, 'dist'));
const CLIENTS = join(FOLDER, '..', '..', 'clients');

const { name, version, description, license, exports, peerDependencies, peerDependenciesMeta } = JSON.parse(
  readFileSync(join(FOLDER, 'package.json'), 'utf8'),
) as Record<string, unknown> & { exports: Record<string, string> };

const built = (source: string) => {
  const file = source.replace('./src/', './').replace(/\.ts$/, '');
  return { types: `${file}.d.ts`, default: `${file}.js` };
};

rmSync(DIST, { recursive: true, force: true });
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', DIST], { cwd: FOLDER, stdio: 'inherit' });

// The compiler leaves these specifiers as they are.
for (const file of readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((entry) => entry.endsWith('.d.ts'))) {
  const path = join(DIST, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/(from ['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2'));
}

const manifests = Object.fromEntries(
  Object.keys(exports)
    .map((entry) => ({ entry, contract: entry.slice(2) }))
    .filter(({ contract }) => existsSync(join(CLIENTS, `${contract}-app`)))
    .map(({ entry, contract }) => {
      copyFileSync(join(CLIENTS, `${contract}-app`, 'next.json'), join(DIST, contract, 'manifest.json'));
      return [`${entry}/manifest.json`, `./${contract}/manifest.json`];
    }),
);
const entries = Object.fromEntries(Object.entries(exports).map(([entry, source]) => [entry, built(source)]));
const manifest = {
  name,
  version,
  description,
  license,
  type: 'module',
  sideEffects: false,
  exports: { ...entries, ...manifests },
  peerDependencies,
  peerDependenciesMeta,
};
writeFileSync(join(DIST, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
copyFileSync(join(FOLDER, 'README.md'), join(DIST, 'README.md'));
copyFileSync(join(FOLDER, '..', '..', 'LICENSE'), join(DIST, 'LICENSE'));
