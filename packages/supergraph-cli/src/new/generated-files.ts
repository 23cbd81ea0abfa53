import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { BUDGETS_FILE, measureOperations, writeBudgets } from '../check/budgets.ts';
import { readOperations } from '../check/client-operations.ts';
import { describeProblems } from '../compose.ts';
import { updateComposedFiles } from '../composed-files.ts';
import { readTopology } from '../topology.ts';
import { runTool } from './run-tool.ts';

/** Committed files that follow from the others, beside the composed ones, and the program that writes them. */
const DOCUMENTS: readonly { paths: readonly string[]; program: readonly string[] }[] = [
  { paths: ['docs/errors.md'], program: ['tests/errors-document.ts'] },
  { paths: ['docs/map.svg', 'docs/map.html'], program: ['packages/supergraph-cli/src/main.ts', 'map'] },
];

const QUIETLY = ['--disable-warning=ExperimentalWarning'];
const STOREFRONT_TYPES = 'apps/storefront/src/generated/web-bff.ts';

const lastLines = (output: string): string => output.trim().split('\n').slice(-12).join('\n');

/** Runs a tool that must succeed. @throws StartupError with the end of what it said. */
const demand = async (root: string, what: string, command: string, args: readonly string[]): Promise<void> => {
  const { code, output } = await runTool(root, command, args);
  if (code !== 0)
    throw new StartupError(`${what} failed (exit code ${code})\n${lastLines(output)}`, 'nothing was kept; mend the cause and try again');
};

/** @throws StartupError when the subgraphs do not compose. */
export const compose = (root: string): readonly string[] => {
  const outcome = updateComposedFiles(readTopology(join(root, 'supergraph.yaml')), { write: true });
  if (outcome.problems !== undefined)
    throw new StartupError(`the subgraphs do not compose\n${describeProblems(outcome.problems)}`, 'nothing was kept; correct the schemas first');
  return outcome.stale;
};

const isThere =
  (root: string) =>
  (path: string): boolean =>
    existsSync(join(root, path));

/** The committed files that `generate` writes, as far as this checkout has them. */
export const documents = (root: string): string[] => [...DOCUMENTS.flatMap(({ paths }) => paths), BUDGETS_FILE].filter(isThere(root));

const updateBudgets = (root: string): void => {
  if (isThere(root)(BUDGETS_FILE))
    writeBudgets(root, measureOperations(readFileSync(join(root, 'supergraph.graphql'), 'utf8'), readOperations(root)));
};

/** Writes the documents anew, the budgets of operations, and the types of every schema and operation. */
export const generate = async (root: string): Promise<void> => {
  const written = DOCUMENTS.filter(({ paths }) => paths.some(isThere(root))).map(({ paths, program }) =>
    demand(root, `writing ${paths.join(', ')}`, 'node', [...QUIETLY, ...program]),
  );
  await Promise.all([demand(root, 'codegen', 'graphql-codegen', ['--config', 'codegen.ts', '--silent']), ...written]);
  updateBudgets(root);
};

/** Writes what follows from the views of a BFF: types, manifests, its OpenAPI document and the storefront's types of it, budgets. */
export const generateView = async (root: string, bff: string): Promise<void> => {
  await demand(root, 'codegen', 'graphql-codegen', ['--config', 'codegen.ts', '--silent']);
  await Promise.all([
    demand(root, 'writing the manifests', 'node', [...QUIETLY, 'packages/supergraph-cli/src/main.ts', 'manifests']),
    demand(root, `writing bffs/${bff}/openapi.json`, 'node', [...QUIETLY, `bffs/${bff}/src/write-openapi.ts`]),
  ]);
  if (bff === 'web' && isThere(root)(STOREFRONT_TYPES))
    await demand(root, 'writing the types of the storefront', 'openapi-typescript', ['bffs/web/openapi.json', '--output', STOREFRONT_TYPES]);
  updateBudgets(root);
};

export const format = (root: string, paths: readonly string[]): Promise<void> =>
  demand(root, 'formatting', 'biome', ['check', '--write', '--no-errors-on-unmatched', ...paths]);
