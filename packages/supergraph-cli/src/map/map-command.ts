import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { type CommandArguments, type Environment, EnvironmentError, isSet, textOption } from '../command.ts';
import { composeSupergraph, describeProblems } from '../compose.ts';
import { writeWhole } from '../composed-files.ts';
import { findConfig } from '../find-config.ts';
import { readSupergraphModel } from '../supergraph-model.ts';
import { readTopology, type Topology } from '../topology.ts';
import { drawPage } from './draw-page.ts';
import { drawSvg } from './draw-svg.ts';
import { layoutMap } from './layout-map.ts';
import { compareMapGraphs, type MapGraph, toMapGraph } from './map-graph.ts';

export const usage = `Usage
  supergraph map [--check]
  supergraph map --base REV [--output FOLDER]

Draws docs/map.svg and docs/map.html: every subgraph, what it contributes to which entity, and who references whom. The picture needs
nothing from elsewhere, follows the reader's light or dark setting, and is the same for the same schemas.

With --base the schemas of now are compared with supergraph.graphql of a git revision: what is added is green, what is removed red. That
picture goes to .data/map/, since it is not for the repository.

Options
  --check           write nothing; exit 1 when the files are stale
  --base REV        compare with this revision, for instance origin/main
  --output FOLDER   write map.svg and map.html there

Examples
  supergraph map
  supergraph map --base origin/main --output /tmp/map
`;

export const options = { check: { type: 'boolean' }, base: { type: 'string' }, output: { type: 'string', short: 'o' } } as const;

const graphAt = ({ root }: Topology, revision: string): MapGraph => {
  if (!/^[\w./@^~-]{1,200}$/.test(revision) || revision.startsWith('-'))
    throw new StartupError(`'${revision}' is not a git revision`, 'for instance --base origin/main');
  try {
    const sdl = execFileSync('git', ['show', `${revision}:./supergraph.graphql`], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 30_000,
    });
    return toMapGraph(readSupergraphModel(sdl));
  } catch (error) {
    const reason = String((error as { stderr?: unknown }).stderr || (error as Error).message).split('\n')[0] ?? '';
    throw new EnvironmentError(
      `supergraph.graphql of ${revision} cannot be read: ${reason}`,
      'fetch it first, for instance git fetch origin main',
      error,
    );
  }
};

const isStale = (file: string, text: string): boolean => !existsSync(file) || readFileSync(file, 'utf8') !== text;

/** Both files by their paths, as they should be. */
const drawFiles = async (topology: Topology, supergraphSdl: string, base: string | undefined, folder: string): Promise<[string, string][]> => {
  const head = toMapGraph(readSupergraphModel(supergraphSdl));
  const graph = base === undefined ? head : compareMapGraphs(graphAt(topology, base), head);
  const svg = drawSvg(await layoutMap(graph), base !== undefined);
  const title = base === undefined ? 'The map of the supergraph' : `What changes since ${base}`;
  return [
    [join(folder, 'map.svg'), svg],
    [join(folder, 'map.html'), drawPage(svg, graph, title)],
  ];
};

/** Draws the map of the graph, or holds the committed one against it. */
export const runMap = async (args: CommandArguments, environment: Environment): Promise<number> => {
  if (args.positionals.length > 0) throw new StartupError(`map takes no argument, found '${args.positionals[0]}'`, 'did you mean --base REV?');
  const topology = readTopology(findConfig(args, environment));
  const { supergraphSdl, problems } = composeSupergraph(topology);
  if (supergraphSdl === undefined) {
    environment.writeError(`${describeProblems(problems)}\n`);
    return 1;
  }
  const base = textOption(args, 'base');
  const output = textOption(args, 'output');
  const standard = join(topology.root, base === undefined ? 'docs' : '.data/map');
  const files = await drawFiles(topology, supergraphSdl, base, output === undefined ? standard : resolve(environment.cwd, output));
  const stale = files.filter(([file, text]) => isStale(file, text));
  const names = stale.map(([file]) => relative(environment.cwd, file)).join(', ');
  if (isSet(args, 'check') && stale.length > 0) {
    environment.writeError(`✗ stale: ${names}\n  → npm run map, and commit what it writes\n`);
    return 1;
  }
  for (const [file, text] of stale) writeWhole(file, text);
  environment.write(stale.length === 0 ? '✓ the map is fresh\n' : `✓ written: ${names}\n`);
  return 0;
};
