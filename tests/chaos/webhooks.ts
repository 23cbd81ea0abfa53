import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { UsageError } from './arguments.ts';
import { type Cleanup, createCleanup } from './cleanup.ts';
import { createRandom } from './random.ts';
import { PLANTED_BUGS } from './webhooks/planted-bugs.ts';
import { formatTable, isAsItShouldBe, type Row } from './webhooks/report.ts';
import { type RunOptions, runChaos } from './webhooks/run.ts';
import { type Figure, NO_FIGURES } from './webhooks/verdict.ts';

const USAGE = `chaos:webhooks — a receiver that fails, a sender that is killed: every event arrives, under one webhook-id

Usage
  npm run chaos:webhooks             10,000 events that fail 0 to 8 times each, 20 that always fail, 10 × kill -9; then planted bugs
  npm run chaos:webhooks -- --only X     main: without the planted bugs; planted: they alone

Options
  --short         1,000 events and 3 kills
  --seed N        the same failures and the same moments again
  --help          this text

The retry schedule runs in seconds instead of days, in a copy of the sources.

Exit codes: 0 all figures as they should be, 1 not, 2 usage.
`;

interface Part {
  options: RunOptions;
  mustShow?: Figure;
}

const CLEANUP_DEADLINE_MS = 15_000;
const MOST_SEED = 2 ** 31;
/** Longer than the lease of a killed process, and the hold of the bus on the messages it had. */
const QUIET_MS = 75_000;

const write = (text: string): void => void process.stdout.write(`${text}\n`);

const mainPart = (isShort: boolean): Part => {
  const [events, kills] = isShort ? [1_000, 3] : [10_000, 10];
  const title = `${events.toLocaleString('en')} events, 20 hopeless ones, ${kills} × kill -9`;
  return { options: { title, events, doomed: 20, kills, quietMs: QUIET_MS, deadlineMs: 1_200_000 } };
};

const plantedParts = (): Part[] =>
  PLANTED_BUGS.map(({ name, mustShow, kills, patches }) => ({
    mustShow,
    options: { title: `planted: ${name}`, events: 400, doomed: 4, kills, patches, quietMs: 45_000, deadlineMs: 120_000 },
  }));

let cleanup: Cleanup = createCleanup();
let isStopping = false;

/** A run that breaks off is red, and the others go on. */
const runPart = async ({ options, mustShow }: Part, seed: number): Promise<Row> => {
  cleanup = createCleanup();
  const tell = (text: string): void => write(`  ${new Date().toTimeString().slice(0, 8)}  ${options.title.padEnd(48)}${text}`);
  const expected = mustShow === undefined ? {} : { mustShow };
  tell('starts');
  try {
    return { ...expected, ...(await runChaos(options, { random: createRandom(seed), cleanup, tell })) };
  } catch (error) {
    // What breaks off then breaks off because of that.
    if (isStopping) await new Promise(() => undefined);
    return { ...expected, title: options.title, figures: NO_FIGURES, notes: [], complaints: [`broke off: ${(error as Error).message}`] };
  } finally {
    await cleanup.run();
  }
};

const stopOnSignals = (): void => {
  const stop = async (): Promise<void> => {
    isStopping = true;
    write('  stopping');
    await Promise.race([cleanup.run(), sleep(CLEANUP_DEADLINE_MS)]);
    process.exit(130);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => void stop());
};

const readArguments = () => {
  const options = { only: { type: 'string' }, seed: { type: 'string' }, short: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  try {
    const { only, seed = String(Math.floor(Math.random() * MOST_SEED)), short = false, help = false } = parseArgs({ options }).values;
    if (only !== undefined && only !== 'main' && only !== 'planted') throw new Error(`--only takes main or planted, not '${only}'`);
    if (!Number.isInteger(Number(seed))) throw new Error(`--seed takes a whole number, not '${seed}'`);
    return { only, seed: Number(seed), isShort: short, isHelpAsked: help };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

const main = async (): Promise<number> => {
  const { only, seed, isShort, isHelpAsked } = readArguments();
  if (isHelpAsked) {
    write(USAGE);
    return 0;
  }
  write(`chaos:webhooks${isShort ? '  short' : ''}  --seed ${seed}`);
  stopOnSignals();
  const parts = [...(only === 'planted' ? [] : [mainPart(isShort)]), ...(only === 'main' ? [] : plantedParts())];
  const rows: Row[] = [];
  for (const part of parts) rows.push(await runPart(part, seed));
  write(`\n${formatTable(rows)}\n`);
  return rows.every(isAsItShouldBe) ? 0 : 1;
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`✗ ${error.message}\n  → see npm run chaos:webhooks -- --help\n`);
  process.exitCode = 2;
}
