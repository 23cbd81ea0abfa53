import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { readArguments, USAGE } from './arguments.ts';
import { BrokerError } from './broker-error.ts';
import { type Broker, createBrokers } from './brokers.ts';
import { installDebianPackages } from './install.ts';

const SETTLE_DEADLINE_MS = 5_000;
const PARENT_POLL_MS = 500;

/** For a person. Standard output holds nothing but what a shell may read. */
const tell = (text: string): void => void process.stderr.write(`${text}\n`);

/** Why a broker is not there. */
type Failures = Map<Broker, BrokerError>;

/** Does `work` for every broker that has not failed yet. Anything unforeseen is thrown on. */
const attempt = async (failures: Failures, broker: Broker, work: () => Promise<void>): Promise<void> => {
  if (failures.has(broker)) return;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    failures.set(broker, error);
  }
};

const installPackages = async (broker: Broker): Promise<void> => {
  const packages = broker.missingPackages();
  if (packages.length === 0) return;
  tell(`  installing ${packages.join(' ')} …`);
  await installDebianPackages(packages);
};

const bringUp = async (broker: Broker): Promise<void> => {
  if (!broker.isInstalled()) tell(`  fetching ${broker.title} …`);
  await broker.fetch();
  await broker.start();
};

/** Installs and starts, side by side what can be. @returns what did not come up, and why. */
const startAll = async (selected: readonly Broker[]): Promise<Failures> => {
  const failures: Failures = new Map();
  for (const broker of selected) await attempt(failures, broker, () => installPackages(broker));
  await Promise.all(selected.map((broker) => attempt(failures, broker, () => bringUp(broker))));
  return failures;
};

const stopAll = async (selected: readonly Broker[]): Promise<void> => {
  await Promise.all(selected.map((broker) => broker.stop()));
};

const row = (broker: Broker, isUp: boolean): string => {
  const mark = isUp ? styleText('green', '✓') : styleText('red', '✗');
  const memory = isUp ? `${String(Math.round(broker.memory() / 1e6)).padStart(5)} MB   pid ${broker.pids().join(', ')}` : '    not running';
  return `  ${mark}  ${broker.title.padEnd(18)}${broker.url.padEnd(42)}${memory}`;
};

const describeFailures = (failures: Failures): string => {
  const reasons = new Map([...failures.values()].map((error) => [error.message, error]));
  return [...reasons.values()]
    .map(({ message, fix }) => {
      const missing = [...failures].filter(([, error]) => error.message === message).map(([{ title }]) => title);
      return `✗ ${message}; missing: ${missing.join(', ')}\n  → ${fix}`;
    })
    .join('\n');
};

/** Stops the brokers when we end without having done it, however we end: it reads a pipe that only we hold open. */
const guard = (selected: readonly Broker[]): ChildProcess => {
  const stop = [process.execPath, fileURLToPath(import.meta.url), 'stop', '--only', selected.map(({ name }) => name).join(',')];
  return spawn('/bin/sh', ['-c', 'cat >/dev/null; exec "$@"', 'sh', ...stop], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
};

/** Starts all; what already runs is used and, in the end, left alone. */
const start = async (selected: readonly Broker[], isForeground: boolean): Promise<void> => {
  const began = performance.now();
  const parent = process.ppid;
  const ours = selected.filter((broker) => broker.pids().length === 0);
  const watchdog = ours.length === 0 ? undefined : guard(ours);
  const starting = startAll(selected);
  let isStopping = false;
  const close = async (code: number): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    await stopAll(ours);
    // A broker may have been about to start. What takes longer, an installation, is left to the watchdog.
    const late = await Promise.race([starting.catch(() => undefined), sleep(SETTLE_DEADLINE_MS, 'late', { ref: false })]);
    if (late !== 'late') {
      await stopAll(ours);
      watchdog?.kill('SIGKILL');
    }
    process.exit(code);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => void close(0));

  const failures = await starting;
  if (isStopping) return;
  const up = selected.filter((broker) => !failures.has(broker));
  if (failures.size > 0) tell(describeFailures(failures));
  if (up.length === 0 || (failures.size > 0 && process.env['CI'] === 'true')) return close(2);

  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  tell(`\n  ${styleText('bold', 'brokers')}  ready in ${seconds} s\n\n${up.map((broker) => row(broker, true)).join('\n')}\n`);
  process.stdout.write(up.map(({ variable, url }) => `export ${variable}=${url}\n`).join(''));
  if (isForeground) {
    tell(`\n  ${styleText('dim', 'Ctrl-C stops them')}`);
    // npm stands between the user and us: when it is killed we are not told, but we get another parent.
    setInterval(() => process.ppid === parent || void close(0), PARENT_POLL_MS);
    return;
  }
  watchdog?.kill('SIGKILL');
  process.exit(0);
};

const status = async (selected: readonly Broker[]): Promise<number> => {
  const answers = await Promise.all(selected.map((broker) => broker.isAnswering()));
  const isUp = selected.map((broker, index) => answers[index] === true && broker.pids().length > 0);
  process.stdout.write(selected.map((broker, index) => `${row(broker, isUp[index] === true)}\n`).join(''));
  return isUp.every(Boolean) ? 0 : 1;
};

const main = async (): Promise<number | undefined> => {
  const { command, names, isHelpAsked } = readArguments(process.argv.slice(2));
  if (isHelpAsked) {
    process.stdout.write(USAGE);
    return 0;
  }
  const brokers = createBrokers();
  const selected = names.map((name) => brokers[name]);
  switch (command) {
    case 'status':
      return status(selected);
    case 'stop':
      await stopAll(selected);
      return 0;
    case 'kill':
      await Promise.all(selected.map((broker) => broker.kill()));
      return 0;
    default:
      await start(selected, command === 'run');
      return undefined;
  }
};

try {
  const code = await main();
  if (code !== undefined) process.exit(code);
} catch (error) {
  tell(error instanceof BrokerError ? `✗ ${error.message}\n  → ${error.fix}` : `✗ brokers stopped: ${(error as Error).stack ?? error}`);
  process.exit(error instanceof BrokerError ? 2 : 1);
}
