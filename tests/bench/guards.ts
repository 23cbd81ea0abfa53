import { randomBytes } from 'node:crypto';
import { cpus, loadavg } from 'node:os';
import { median } from './bus-table.ts';
import { HEAVY, heavyFields } from './federation/heavy-query.ts';
import { startIssuer } from './federation/issuer.ts';
import { createLoad, percentile } from './federation/load.ts';
import { type Measurement, measureRound, medianWithRange, type Side } from './federation/rounds.ts';
import { startRouter } from './federation/router-process.ts';
import { SUBGRAPH_NAMES } from './federation/subgraph-data.ts';
import { startFederation } from './federation/subgraphs.ts';

/**
 * `npm run bench:guards`: what all guards together cost a request, on the heavy query of the public federation benchmark: CPU time of the
 * router's process with guards and without. A second router without guards tells what the same difference is between equals. Exits 1 when
 * the guards cost too much, or change how many fetches a request makes.
 */
const MOST_CPU_MS = 0.3;
const TABLES = [
  { concurrency: 1, turns: 204, isJudged: true },
  { concurrency: 16, turns: 12, isJudged: false },
];
/** Two equal processes differ by a few per cent all their life, so each round has new ones. */
const ROUNDS = 6;
/** In turns as well: a process that has to wait between its warm-up and its turn would be at a disadvantage. */
const WARM_UP = [
  { concurrency: 1, turns: 30 },
  { concurrency: 16, turns: 50 },
  { concurrency: 1, turns: 60 },
];
const CONNECTIONS = 16;

const OFF = `limits: { enabled: false }
cost: { enabled: false }
rateLimits: { enabled: false }
`;
/** The defaults, but for the rates: nobody benchmarks within them. */
const ON = `rateLimits:
  authenticated: { points: 1000000000, perSeconds: 1 }
  operationCost: { points: 1000000000, perSeconds: 1 }
`;

/** What each side did, by round. */
type Rounds = Measurement[][];

const write = (text: string): void => void process.stdout.write(`${text}\n`);
const shown = (value: number, digits = 2): string => value.toFixed(digits).padStart(9);
const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(2)}`;

const federation = await startFederation();
const issuer = await startIssuer();
/** With keys, each fetch carries an internal token. */
const keys = SUBGRAPH_NAMES.map((name) => `${name}=${randomBytes(32).toString('hex')}`).join(',');
const SIDES = [
  { name: 'on', settings: ON, env: { ...issuer.env, ROUTER_SUBGRAPH_KEYS: keys }, headers: issuer.headers },
  { name: 'off', settings: OFF, env: {}, headers: {} },
  { name: 'off-2', settings: OFF, env: {}, headers: {} },
];

const stopSides = async (sides: readonly Side[]): Promise<void> => {
  for (const { load, router } of sides) {
    load.close();
    await router.stop();
  }
};

const startSides = async (): Promise<Side[]> => {
  const sides: Side[] = [];
  try {
    for (const { name, settings, env, headers } of SIDES) {
      const router = await startRouter({ federation, door: name, settings, env });
      sides.push({ name, router, load: createLoad({ url: `${router.url}/graphql`, operations: [HEAVY], headers, connections: CONNECTIONS }) });
    }
    for (const { concurrency, turns } of WARM_UP) await measureRound({ federation, sides, concurrency, turns });
    if (new Set(sides.flatMap(({ load }) => load.answers())).size !== 1) throw new Error('the routers do not answer the same data');
    return sides;
  } catch (error) {
    await stopSides(sides);
    throw error;
  }
};

type Difference = (cpu: readonly number[]) => number;
/** Of the sides in their order. */
const guardsCost: Difference = ([on = Number.NaN, off = Number.NaN, off2 = Number.NaN]) => on - (off + off2) / 2;
const betweenEquals: Difference = ([, off = Number.NaN, off2 = Number.NaN]) => off2 - off;

/** All the CPU time of a round, what garbage collection takes now and then included. */
const inAll = (round: readonly Measurement[], difference: Difference): number => difference(round.map(({ cpuPerRequest }) => cpuPerRequest));

/** The same of the typical request: the median of the round's turns. */
const typically = (round: readonly Measurement[], difference: Difference): number =>
  median((round[0]?.cpuByTurn ?? []).map((_, turn) => difference(round.map(({ cpuByTurn }) => cpuByTurn[turn] ?? Number.NaN))));

const ranged = (values: readonly number[]): string => {
  const { median: middle, low, high } = medianWithRange(values);
  return `${signed(middle)} (95 %: ${signed(low)} to ${signed(high)})`;
};

const measureOnce = async (sides: readonly Side[], { concurrency, turns }: (typeof TABLES)[number], number: number): Promise<Measurement[]> => {
  const round = await measureRound({ federation, sides, concurrency, turns });
  const values = round.map(({ cpuPerRequest }) => shown(cpuPerRequest)).join('');
  const cells = [guardsCost, betweenEquals].map(
    (difference) => `${signed(inAll(round, difference))} ${signed(typically(round, difference)).padStart(6)}`,
  );
  const differences = cells.map((cell) => cell.padStart(17)).join('');
  write(`  ${String(number).padStart(5)}${String(concurrency).padStart(5)}  ${values}${differences}  ${loadavg()[0]?.toFixed(1)}`);
  return round;
};

const writeTable = (rounds: Rounds): void => {
  write('  median of the rounds    CPU ms/request fetches/request  p50 ms  p99 ms  RSS MB');
  for (const [index, { name }] of SIDES.entries()) {
    const of = rounds.flatMap((round) => round[index] ?? []);
    const latencies = of.flatMap((measured) => measured.latencies);
    const middle = (pick: (measured: Measurement) => number): number => median(of.map(pick));
    const cells = [
      shown(middle(({ cpuPerRequest }) => cpuPerRequest)).padStart(16),
      shown(middle(({ fetchesPerRequest }) => fetchesPerRequest)).padStart(16),
      ...[0.5, 0.99].map((share) => percentile(latencies, share).toFixed(1).padStart(8)),
      (middle(({ residentBytes }) => residentBytes) / 1e6).toFixed(0).padStart(8),
    ];
    write(`  ${name.padEnd(22)}${cells.join('')}`);
  }
};

const judge = ({ concurrency, isJudged }: (typeof TABLES)[number], rounds: Rounds): boolean => {
  write(`\nC=${concurrency}, ${rounds.length} rounds`);
  writeTable(rounds);
  const cost = rounds.map((round) => inAll(round, guardsCost));
  const isCheap = medianWithRange(cost).median <= MOST_CPU_MS;
  const verdict = isCheap ? 'PASS' : 'FAIL';
  write(`${isJudged ? verdict : '    '}  all guards cost ${ranged(cost)} CPU-ms a request; at most ${MOST_CPU_MS} are allowed, at C=1`);
  write(`      a typical request: ${ranged(rounds.map((round) => typically(round, guardsCost)))}`);
  write(`      the same between two routers without guards: ${ranged(rounds.map((round) => inAll(round, betweenEquals)))}`);
  const fetches = new Set(rounds.flat().map(({ fetchesPerRequest }) => fetchesPerRequest));
  if (fetches.size !== 1) write(`FAIL  the routers do not make the same number of fetches a request: ${[...fetches].join(', ')}`);
  return (isCheap || !isJudged) && fetches.size === 1;
};

try {
  write(`bench:guards on ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`);
  write(`the heavy query selects ${heavyFields()} fields when its fragments are expanded; load before: ${loadavg()[0]?.toFixed(1)}`);
  write(
    `each round: 3 new routers, in turns; ${TABLES.map(({ concurrency, turns }) => `at C=${concurrency} ${turns * concurrency}`).join(', ')} requests to each`,
  );
  write(
    `  round    C  ${SIDES.map(({ name }) => name.padStart(9)).join('')}      guards cost   between equals  load   (CPU ms a request: in all, typical)`,
  );
  const measured = TABLES.map((): Rounds => []);
  for (let round = 1; round <= ROUNDS; round++) {
    const sides = await startSides();
    try {
      for (const [index, table] of TABLES.entries()) measured[index]?.push(await measureOnce(sides, table, round));
    } finally {
      await stopSides(sides);
    }
  }
  const verdicts = TABLES.map((table, index) => judge(table, measured[index] ?? []));
  if (verdicts.includes(false)) process.exitCode = 1;
} finally {
  issuer.stop();
  await federation.stop();
}
