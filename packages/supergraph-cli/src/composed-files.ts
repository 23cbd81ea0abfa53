import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type CompositionHint, type CompositionProblem, composeSupergraph } from './compose.ts';
import { composeContracts, readContracts } from './contracts.ts';
import type { Topology } from './topology.ts';

export const supergraphFile = ({ root }: Topology): string => join(root, 'supergraph.graphql');

/** What composing came to, seen against the committed files. `stale` are paths from the folder of `supergraph.yaml`. */
export type FilesOutcome =
  | { stale: readonly string[]; hints: readonly CompositionHint[]; problems?: undefined }
  | { problems: readonly CompositionProblem[] };

/** The text of each composed file by its path; undefined for one that must not be there any more. */
interface ComposedFiles {
  texts: ReadonlyMap<string, string | undefined>;
  hints: readonly CompositionHint[];
}

type Composed =
  | { supergraphSdl: string; sdls: ReadonlyMap<string, string>; hints: readonly CompositionHint[]; problems?: undefined }
  | { supergraphSdl?: undefined; sdls?: undefined; problems: readonly CompositionProblem[] };

/** The supergraph and the schema of every contract by its name, or why they do not compose. */
export const composeWithContracts = (topology: Topology): Composed => {
  const { supergraphSdl, hints, problems } = composeSupergraph(topology);
  if (supergraphSdl === undefined) return { problems };
  const contracts = composeContracts(supergraphSdl, readContracts(topology));
  return contracts.problems.length > 0 ? { problems: contracts.problems } : { supergraphSdl, sdls: contracts.sdls, hints };
};

const composeFiles = (topology: Topology): ComposedFiles | readonly CompositionProblem[] => {
  const composed = composeWithContracts(topology);
  if (composed.problems !== undefined) return composed.problems;
  const folder = join(topology.root, 'contracts');
  const files = new Map<string, string | undefined>();
  if (existsSync(folder)) for (const name of readdirSync(folder)) if (name.endsWith('.graphql')) files.set(join(folder, name), undefined);
  for (const [name, sdl] of composed.sdls) files.set(join(folder, `${name}.graphql`), sdl);
  files.set(supergraphFile(topology), composed.supergraphSdl);
  return { texts: files, hints: composed.hints };
};

const isStale = (file: string, text: string | undefined): boolean => (existsSync(file) ? readFileSync(file, 'utf8') : undefined) !== text;

/** Whole or not at all: who watches the file never sees half of it. */
export const writeWhole = (file: string, text: string | undefined): void => {
  if (text === undefined) {
    unlinkSync(file);
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
};

/** Composes `supergraph.graphql` and the schema of every contract, and compares them with the files or writes them. */
export const updateComposedFiles = (topology: Topology, { write }: { write: boolean }): FilesOutcome => {
  const files = composeFiles(topology);
  if (!('texts' in files)) return { problems: files };
  const stale = [...files.texts].filter(([file, text]) => isStale(file, text));
  if (write) for (const [file, text] of stale) writeWhole(file, text);
  return { stale: stale.map(([file]) => relative(topology.root, file)), hints: files.hints };
};
