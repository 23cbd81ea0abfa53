import type { CompositionHint, CompositionProblem, SubgraphSource } from '../compose.ts';

/** What Rover tells in one object with `--format json` (https://www.apollographql.com/docs/rover/conventions#json-output). */
export interface RoverEnvelope {
  json_version: '1';
  data: { success: boolean; core_schema?: string; hints?: RoverHint[]; federation_version?: string };
  error: null | { message: string; code: string | null; details?: { build_errors: RoverBuildError[] } };
}

interface RoverNode {
  subgraph: string;
  /** The whole schema of the subgraph. */
  source: string;
  start: object | null;
  end: object | null;
}

interface RoverHint {
  message: string;
  code: string;
  nodes: RoverNode[];
  omittedNodesCount: number;
}

interface RoverBuildError extends RoverHint {
  type: 'composition';
}

/** https://www.apollographql.com/docs/rover/errors#e029 */
const BUILD_FAILED = 'E029';

const toRover = ({ code, message, places }: CompositionProblem, sources: readonly SubgraphSource[]): RoverHint => ({
  message,
  code,
  nodes: places.map(({ subgraph, tokens }) => ({
    subgraph,
    source: sources.find(({ name }) => name === subgraph)?.text ?? '',
    start: tokens?.start ?? null,
    end: tokens?.end ?? null,
  })),
  omittedNodesCount: 0,
});

const countOf = (problems: readonly CompositionProblem[]): string =>
  `Encountered ${problems.length} build error${problems.length === 1 ? '' : 's'} while trying to build a supergraph.`;

/** A composed supergraph, as Rover's JSON. */
export const successEnvelope = (
  sdl: string,
  hints: readonly CompositionHint[],
  sources: readonly SubgraphSource[],
  federationVersion: string,
): RoverEnvelope => ({
  json_version: '1',
  data: { core_schema: sdl, hints: hints.map((hint) => toRover(hint, sources)), federation_version: federationVersion, success: true },
  error: null,
});

/** Subgraphs that do not compose, as Rover's JSON. */
export const buildErrorEnvelope = (problems: readonly CompositionProblem[], sources: readonly SubgraphSource[]): RoverEnvelope => ({
  json_version: '1',
  data: { success: false },
  error: {
    message: countOf(problems),
    code: BUILD_FAILED,
    details: { build_errors: problems.map((problem) => ({ ...toRover(problem, sources), type: 'composition' })) },
  },
});

/** Anything else that went wrong, as Rover's JSON. */
export const failureEnvelope = (message: string): RoverEnvelope => ({
  json_version: '1',
  data: { success: false },
  error: { message, code: null },
});

/** Subgraphs that do not compose, as Rover's text, with a clickable place below each error, which Rover lacks. */
export const describeBuildErrors = (problems: readonly CompositionProblem[]): string => {
  const causes = problems.flatMap(({ code, message, places }) => [
    `    ${code}: ${message.replaceAll('\n', '\n    ')}`,
    ...places.map(({ file, line, column, coordinate }) => `      at ${file}:${line}:${column}${coordinate === undefined ? '' : ` ${coordinate}`}`),
  ]);
  return [
    `error[${BUILD_FAILED}]: ${countOf(problems)}`,
    '',
    'Caused by:',
    ...causes,
    '',
    '        The subgraph schemas you provided are incompatible with each other. See https://www.apollographql.com/docs/federation/errors/ for more information on resolving build errors.',
    '        → supergraph explain CODE tells what each means here',
    '',
  ].join('\n');
};

/** Hints as Rover prints them. */
export const describeHints = (hints: readonly CompositionHint[]): string =>
  hints.map(({ code, message }) => `HINT: [${code}]: ${message}\n`).join('');
