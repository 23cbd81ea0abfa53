import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { composeSupergraph, describeProblems } from '@supergraph/cli/compose';
import { SUBGRAPH_NAMES, type SubgraphName } from './subgraph-data.ts';
import type { Fetches, Origins } from './subgraph-process.ts';

/** The benchmark's four subgraphs as processes on free ports, and their supergraph in a file. */
export interface Federation {
  /** Where the supergraph stands; the folder is this run's own. */
  folder: string;
  supergraphFile: string;
  /** A subgraph for one whose fetches are counted apart, under this word. */
  urlOf(name: SubgraphName, door: string): string;
  /** ROUTER_SUBGRAPH_URLS of a router whose fetches are counted apart, under this word. */
  subgraphUrls(door: string): string;
  /** The supergraph for a gateway that reads the URLs in there; its fetches are counted apart, under this word. */
  supergraphOf(door: string): string;
  /** How many fetches came through a door so far. */
  fetches(door: string): Promise<number>;
  /** The process that runs a subgraph; it runs others too, unless the subgraph stands apart. */
  processOf(name: SubgraphName): ChildProcess;
  /** The supergraph, with the schemas of some subgraphs changed. */
  compose(changes?: Partial<Record<SubgraphName, (sdl: string) => string>>): string;
  /** Puts a supergraph into the file, as a whole: it is written beside and renamed. */
  swap(supergraphSdl: string): void;
  stop(): Promise<void>;
}

const ANSWER_DEADLINE_MS = 20_000;
const PROCESS_FILE = fileURLToPath(new URL('./subgraph-process.ts', import.meta.url));

const answerOf = async <Answer>(child: ChildProcess): Promise<Answer> => {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(ANSWER_DEADLINE_MS)]);
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([answer]) => answer as Answer),
      once(child, 'exit', { signal }).then(([code]) => Promise.reject(new Error(`the process of ${child.spawnargs.slice(2)} ended with ${code}`))),
    ]);
  } finally {
    stop.abort();
  }
};

const stopProcess = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  // It holds nothing worth a farewell, and this ends one that is frozen too.
  child.kill('SIGKILL');
  await ended;
};

const schemaOf = (name: SubgraphName): string => readFileSync(new URL(`${name}.graphql`, import.meta.url), 'utf8');

/** @param apart subgraphs that get a process of their own; the others share one. */
export const startFederation = async (apart: readonly SubgraphName[] = []): Promise<Federation> => {
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-federation-'));
  const groups = [SUBGRAPH_NAMES.filter((name) => !apart.includes(name)), ...apart.map((name) => [name])];
  const children = groups.map((names) => ({
    names,
    child: fork(PROCESS_FILE, names, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  }));
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(({ child }) => stopProcess(child)));
    rmSync(folder, { recursive: true, force: true });
  };
  const stopAndThrow = async (error: unknown): Promise<never> => {
    await stop();
    throw error;
  };
  const origins = await Promise.all(children.map(({ child }) => answerOf<Origins>(child))).catch(stopAndThrow);
  const originOf: Origins = Object.assign({}, ...origins);

  const compose: Federation['compose'] = (changes = {}) => {
    const subgraphs = SUBGRAPH_NAMES.map((name) => {
      const schemaFile = join(folder, `${name}.graphql`);
      writeFileSync(schemaFile, (changes[name] ?? String)(schemaOf(name)));
      return { name, routingUrl: `${originOf[name]}/graphql`, schemaFile, folder };
    });
    const { supergraphSdl, problems } = composeSupergraph({ root: folder, subgraphs });
    if (supergraphSdl === undefined) throw new Error(describeProblems(problems));
    return supergraphSdl;
  };
  const supergraphFile = join(folder, 'supergraph.graphql');
  const swap = (supergraphSdl: string): void => {
    writeFileSync(`${supergraphFile}.next`, supergraphSdl);
    renameSync(`${supergraphFile}.next`, supergraphFile);
  };
  await Promise.resolve()
    .then(() => swap(compose()))
    .catch(stopAndThrow);

  // Answers carry no word of what was asked: one question at a time.
  let asked: Promise<unknown> = Promise.resolve();
  const askAlone = (child: ChildProcess): Promise<Fetches> => {
    const answer = asked.then(() => {
      child.send('fetches');
      return answerOf<Fetches>(child);
    });
    asked = answer.catch(() => undefined);
    return answer;
  };

  const urlOf = (name: SubgraphName, door: string): string => `${originOf[name]}/${door}`;

  return {
    folder,
    supergraphFile,
    urlOf,
    subgraphUrls: (door) => SUBGRAPH_NAMES.map((name) => `${name}=${urlOf(name, door)}`).join(','),
    supergraphOf: (door) => SUBGRAPH_NAMES.reduce((sdl, name) => sdl.replaceAll(urlOf(name, 'graphql'), urlOf(name, door)), compose()),
    fetches: async (door) => {
      const counts: Fetches[] = [];
      for (const { child } of children) counts.push(await askAlone(child));
      return counts.reduce((sum, count) => sum + (count[`/${door}`] ?? 0), 0);
    },
    processOf: (name) => {
      const found = children.find(({ names }) => names.includes(name));
      if (found === undefined) throw new Error(`no process runs ${name}`);
      return found.child;
    },
    compose,
    swap,
    stop,
  };
};
