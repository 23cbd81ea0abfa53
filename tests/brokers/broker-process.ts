import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerError } from './broker-error.ts';

/** One process of a broker. */
export interface Command {
  file: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
}

/** Where one broker keeps what it needs. */
export interface BrokerPlace {
  title: string;
  /** Its configuration, data and log. */
  folder: string;
  pidFile: string;
  logFile: string;
}

const START_DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 8_000;
const POLL_MS = 25;
const LAUNCHED = '=== started';
// What a broker reads of our environment. Anything else, a JAVA_TOOL_OPTIONS or RABBITMQ_NODENAME for instance, is not meant for it.
const INHERITED = ['PATH', 'LANG', 'TMPDIR', 'TZ', 'HOME'];

interface Recorded {
  pid: number;
  startedAt: string;
}

/** When a process was started, in ticks since the boot; undefined when it has ended. */
const startOf = (pid: number): string | undefined => {
  try {
    if (!existsSync('/proc/self/stat')) return process.kill(pid, 0) ? 'unknown' : undefined;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before it, in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // The first thread of a killed process may be dead before the others have let go of its ports.
    const isDead = fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length === 1;
    return isDead ? undefined : fields[19];
  } catch {
    return undefined;
  }
};

/** Process ids are reused: only a process that was started when ours was counts. */
const isRunning = ({ pid, startedAt }: Recorded): boolean => startOf(pid) === startedAt;

const recorded = ({ pidFile }: BrokerPlace): Recorded[] => {
  if (!existsSync(pidFile)) return [];
  const lines = readFileSync(pidFile, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [pid, startedAt] = line.split(' ');
    return { pid: Number(pid), startedAt: startedAt ?? '' };
  });
};

/** The processes of a broker that run, in the order in which they were started. */
export const runningPids = (place: BrokerPlace): number[] =>
  recorded(place)
    .filter(isRunning)
    .map(({ pid }) => pid);

/** True when every process that was started runs. */
export const isWhole = (place: BrokerPlace): boolean => {
  const processes = recorded(place);
  return processes.length > 0 && processes.every(isRunning);
};

/** Starts the processes in sessions of their own, so that they outlive us and Ctrl-C does not reach them. */
export const launch = (place: BrokerPlace, commands: readonly Command[]): void => {
  const lines: string[] = [];
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
  const log = openSync(place.logFile, 'a', 0o600);
  writeSync(log, `\n${LAUNCHED} ${new Date().toISOString()}\n`);
  for (const { file, args, env } of commands) {
    const options = { cwd: place.folder, env: { ...inherited, ...env }, detached: true };
    const child = spawn(file, args, { ...options, stdio: ['ignore', log, log] });
    child.once('error', () => undefined);
    child.unref();
    if (child.pid === undefined) continue;
    lines.push(`${child.pid} ${startOf(child.pid)}\n`);
    writeFileSync(place.pidFile, lines.join(''));
  }
  closeSync(log);
};

const ended = async (one: Recorded, deadline: number): Promise<boolean> => {
  while (isRunning(one)) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended by itself.
  }
};

/** Ends a broker's processes, the last one first, with SIGTERM and after 8 s with SIGKILL; or with SIGKILL at once. */
export const end = async (place: BrokerPlace, name: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
  const deadline = Date.now() + STOP_DEADLINE_MS;
  for (const one of recorded(place).filter(isRunning).reverse()) {
    signal(one.pid, name);
    if (await ended(one, deadline)) continue;
    signal(one.pid, 'SIGKILL');
    await ended(one, deadline + STOP_DEADLINE_MS);
  }
  rmSync(place.pidFile, { force: true });
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/** @throws BrokerError when another process holds one of the ports. */
export const checkPorts = async ({ title }: BrokerPlace, ports: readonly number[]): Promise<void> => {
  const free = await Promise.all(ports.map(isFree));
  const taken = ports.filter((_, index) => !free[index]);
  if (taken.length > 0)
    throw new BrokerError(
      `${title} cannot start: port ${taken.join(', ')} is in use`,
      'stop the process that holds it, or set PORT_OFFSET (for instance PORT_OFFSET=100) to move every port',
    );
};

const complaint = (log: string): string =>
  log
    .split('\n')
    .filter((line) => /error|exception|fatal|failed|cannot|denied|in use/i.test(line))
    .at(-1)
    ?.trim() ?? 'see its log';

/**
 * Waits until the broker answers.
 * @throws BrokerError when one of its processes ends first, or after 90 s.
 */
export const ready = async (place: BrokerPlace, isAnswering: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await isAnswering())) {
    if (isWhole(place) && Date.now() < deadline) {
      await sleep(POLL_MS);
      continue;
    }
    const how = isWhole(place) ? `does not answer after ${START_DEADLINE_MS / 1_000} s` : 'ended while it was starting';
    const said = complaint(readFileSync(place.logFile, 'utf8').split(LAUNCHED).at(-1) ?? '');
    await end(place, 'SIGKILL');
    throw new BrokerError(`${place.title} ${how}: ${said}`, `read ${place.logFile}; when its data are not needed any more, delete ${place.folder}`);
  }
};

/** Resident memory of a process in bytes; 0 where the system does not tell (Linux tells). */
export const residentBytes = (pid: number): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
};
