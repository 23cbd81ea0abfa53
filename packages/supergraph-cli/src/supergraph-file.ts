import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CompositionProblem, composeSupergraph } from './compose.ts';
import type { Topology } from './topology.ts';

export const supergraphFile = ({ root }: Topology): string => join(root, 'supergraph.graphql');

/** What composing came to, seen against the committed file. */
export type FileOutcome = { status: 'fresh' | 'stale' } | { status: 'failed'; problems: CompositionProblem[] };

/** Composes and compares, without writing. */
export const checkSupergraphFile = (topology: Topology): FileOutcome & { supergraphSdl?: string } => {
  const { supergraphSdl, problems } = composeSupergraph(topology);
  if (supergraphSdl === undefined) return { status: 'failed', problems: problems ?? [] };
  const file = supergraphFile(topology);
  const isFresh = existsSync(file) && readFileSync(file, 'utf8') === supergraphSdl;
  return { status: isFresh ? 'fresh' : 'stale', supergraphSdl };
};

/** Composes and writes the file whole or not at all: who watches it never sees half of it. */
export const writeSupergraphFile = (topology: Topology): FileOutcome => {
  const outcome = checkSupergraphFile(topology);
  if (outcome.status === 'stale' && outcome.supergraphSdl !== undefined) {
    const file = supergraphFile(topology);
    writeFileSync(`${file}.new`, outcome.supergraphSdl);
    renameSync(`${file}.new`, file);
  }
  return outcome;
};
