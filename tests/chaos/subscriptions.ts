import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { UsageError } from './arguments.ts';
import { createOwnBroker } from './broker-scenario.ts';
import { type Cleanup, createCleanup } from './cleanup.ts';
import { createRandom } from './random.ts';
import { PLANTED_BUGS } from './subscriptions/planted-bugs.ts';
import { formatTable, isAsItShouldBe, type Row } from './subscriptions/report.ts';
import { type Figures, NO_FIGURES, type RunOptions, runChaos } from './subscriptions/run.ts';

const SCENARIOS = ['postgres', 'amqp', 'order', 'router', 'planted'] as const;
type Scenario = (typeof SCENARIOS)[number];

const USAGE = `chaos:subscriptions — kills what open subscriptions live on, while orders change, and counts who was left in silence

Usage
  npm run chaos:subscriptions                    everything, about 10 minutes
  npm run chaos:subscriptions -- --scenario X    one of:
      postgres    kill -9 of the embedded bus with all its processes, 10 times
      amqp        kill -9 of RabbitMQ, 5 times
      order       kill -9 of the order service, 10 times
      router      kill -9 of the router, 10 times
      planted     bugs planted in a copy of the sources: each must make its run red

Options
  --short         2 kills each, 60 subscribers in the place of 300
  --seed N        choose the same moments again
  --help          this text

Half of the subscribers come over WebSocket, half by server-sent events. RabbitMQ is one of the run's own, on ports of its own; PORT_OFFSET=N moves
them. Without it the amqp scenario is left out, and with CI=true or --scenario an error.

Exit codes: 0 all figures as they should be, 1 not, 2 usage.
`;

interface Part {
  options: RunOptions;
  mustShow?: keyof Figures;
}

const CLEANUP_DEADLINE_MS = 15_000;
const MOST_SEED = 2 ** 31;
const AWAY_MS = [200, 6_000] as const;
const KILLS: Readonly<Record<Exclude<Scenario, 'planted'>, number>> = { postgres: 10, amqp: 5, order: 10, router: 10 };

const write = (text: string): void => void process.stdout.write(`${text}\n`);

const partsOf = (scenario: Scenario, isShort: boolean): Part[] => {
  if (scenario === 'planted')
    return PLANTED_BUGS.map(({ name, victim, mustShow, patches }) => ({
      mustShow,
      options: { title: `planted: ${name}`, busKind: 'postgres', victims: [victim], kills: 2, subscribers: 60, awayMs: AWAY_MS, patches },
    }));
  const [subscribers, kills] = isShort ? [60, 2] : [300, KILLS[scenario]];
  const busKind = scenario === 'amqp' ? 'amqp' : 'postgres';
  const victim = scenario === 'order' || scenario === 'router' ? scenario : 'broker';
  const title = `${kills} × kill -9 of ${{ postgres: 'the embedded bus', amqp: 'RabbitMQ', order: 'the order service', router: 'the router' }[scenario]}`;
  return [{ options: { title, busKind, victims: [victim], kills, subscribers, awayMs: AWAY_MS } }];
};

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
  const options = { scenario: { type: 'string' }, seed: { type: 'string' }, short: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  try {
    const { scenario, seed = String(Math.floor(Math.random() * MOST_SEED)), short = false, help = false } = parseArgs({ options }).values;
    const chosen = SCENARIOS.find((known) => known === scenario);
    if (scenario !== undefined && chosen === undefined) throw new Error(`there is no scenario '${scenario}'; known: ${SCENARIOS.join(', ')}`);
    if (!Number.isInteger(Number(seed))) throw new Error(`--seed takes a whole number, not '${seed}'`);
    return { chosen, seed: Number(seed), isShort: short, isHelpAsked: help };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

const main = async (): Promise<number> => {
  const { chosen, seed, isShort, isHelpAsked } = readArguments();
  if (isHelpAsked) {
    write(USAGE);
    return 0;
  }
  write(`chaos:subscriptions${isShort ? '  short' : ''}  --seed ${seed}`);
  stopOnSignals();
  const isLeftOut = chosen === undefined && process.env['CI'] !== 'true' && !createOwnBroker('rabbitmq').isInstalled();
  const scenarios = (chosen === undefined ? SCENARIOS : [chosen]).filter((scenario) => scenario !== 'amqp' || !isLeftOut);
  const rows: Row[] = [];
  for (const part of scenarios.flatMap((scenario) => partsOf(scenario, isShort))) rows.push(await runPart(part, seed));
  write(`\n${formatTable(rows)}\n`);
  if (isLeftOut) write('  amqp was not tested: RabbitMQ is not installed; npm run brokers installs it');
  return rows.every(isAsItShouldBe) ? 0 : 1;
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`✗ ${error.message}\n  → see npm run chaos:subscriptions -- --help\n`);
  process.exitCode = 2;
}
