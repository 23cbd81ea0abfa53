import { execFileSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The same shapes as LOADER_OPTIONS of packages/grpc makes at run time. */
const OPTIONS = ['--grpcLib=@grpc/grpc-js', '--importFileExtension=.ts', '--longs=Number', '--enums=String', '--defaults', '--arrays'];
const ROOT = fileURLToPath(new URL('.', import.meta.url));

const PROTOS = globSync('subgraphs/*/proto/*.proto', { cwd: ROOT })
  .map((file) => file.replaceAll('\\', '/'))
  .sort();

/** Types of messages and services, for whoever serves them and for REST, which calls them all. */
const generate = (outDir: string, protos: readonly string[]): void => {
  rmSync(`${ROOT}${outDir}`, { recursive: true, force: true });
  const program = fileURLToPath(import.meta.resolve('@grpc/proto-loader/build/bin/proto-loader-gen-types.js'));
  execFileSync(process.execPath, [program, ...OPTIONS, `--outDir=${outDir}`, ...protos], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
};

for (const proto of PROTOS) generate(proto.replace(/proto\/[^/]+$/, 'src/generated/proto'), [proto]);
generate('rest/src/generated/proto', PROTOS);
