import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../brokers/brokers.ts';
import { type Arguments, readArguments, type Scenario, USAGE, UsageError } from './arguments.ts';
import { createOwnBroker, takeBrokerDown } from './broker-scenario.ts';
import { type Cleanup, createCleanup } from './cleanup.ts';
import { crashDatabase, killServices } from './crash-scenarios.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { createRandom } from './random.ts';
import { formatTable, isAsItShouldBe, type Row } from './report.ts';
import type { Result, Setting } from './scenario.ts';
import { spike } from './spike-scenario.ts';
import { type Figures, NO_FIGURES } from './verdict.ts';

/** A run of its own, in a house of its own. */
interface Part {
  name: string;
  mustShow?: keyof Figures;
  run: (setting: Setting) => Promise<Result>;
}

const CLEANUP_DEADLINE_MS = 15_000;

const write = (text: string): void => void process.stdout.write(`${text}\n`);

const brokerPart = (name: Scenario, broker: Broker): Part => ({ name, run: (setting) => takeBrokerDown(setting, broker) });

const partsOf = (scenario: Scenario): Part[] => {
  switch (scenario) {
    case 'kills':
      return [{ name: scenario, run: (setting) => killServices(setting, setting.isShort ? 12 : 100) }];
    case 'postgres':
      return [{ name: scenario, run: (setting) => crashDatabase(setting, setting.isShort ? 4 : 20) }];
    case 'amqp':
      return [brokerPart(scenario, createOwnBroker('rabbitmq'))];
    case 'kafka':
      return [brokerPart(scenario, createOwnBroker('kafka'))];
    case 'spike':
      return [{ name: scenario, run: spike }];
    case 'planted':
      return PLANTED_BUGS.map(({ name, mustShow, run }) => ({ name: `planted: ${name}`, mustShow, run }));
  }
};

let cleanup: Cleanup = createCleanup();
let isStopping = false;

/** A run that breaks off is red, and the others go on. */
const runPart = async ({ name, mustShow, run }: Part, seed: number, isShort: boolean): Promise<Row> => {
  cleanup = createCleanup();
  const tell = (text: string): void => write(`  ${new Date().toTimeString().slice(0, 8)}  ${name.padEnd(32)}${text}`);
  const expected = mustShow === undefined ? {} : { mustShow };
  tell('starts');
  try {
    const result = await run({ random: createRandom(seed), cleanup, isShort, tell });
    return { ...expected, result: mustShow === undefined ? result : { ...result, title: name } };
  } catch (error) {
    // What breaks off then breaks off because of that.
    if (isStopping) await new Promise(() => undefined);
    return { ...expected, result: { title: name, figures: NO_FIGURES, notes: [], complaints: [`broke off: ${(error as Error).message}`] } };
  } finally {
    await cleanup.run();
  }
};

/** Brokers are not part of a machine that has just cloned this; where they belong to it, or were asked for, they must be there. */
const isLeftOut = (scenario: Scenario, { isChosen }: Arguments): boolean => {
  if ((scenario !== 'amqp' && scenario !== 'kafka') || isChosen || process.env['CI'] === 'true') return false;
  return !createOwnBroker(scenario === 'amqp' ? 'rabbitmq' : 'kafka').isInstalled();
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

const main = async (): Promise<number> => {
  const settings = readArguments(process.argv.slice(2));
  if (settings.isHelpAsked) {
    write(USAGE);
    return 0;
  }
  const { scenarios, seed, isShort } = settings;
  write(`chaos:orders  ${scenarios.join(', ')}${isShort ? ', short' : ''}  --seed ${seed}`);
  stopOnSignals();
  const leftOut = scenarios.filter((scenario) => isLeftOut(scenario, settings));
  const rows: Row[] = [];
  for (const scenario of scenarios)
    if (!leftOut.includes(scenario)) for (const part of partsOf(scenario)) rows.push(await runPart(part, seed, isShort));
  write(`\n${formatTable(rows)}\n`);
  for (const scenario of leftOut) write(`  ${scenario} was not tested: its broker is not installed; npm run brokers installs it`);
  return rows.every(isAsItShouldBe) ? 0 : 1;
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`✗ ${error.message}\n  → see npm run chaos:orders -- --help\n`);
  process.exitCode = 2;
}
