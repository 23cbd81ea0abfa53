import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf } from '../../checkout.ts';
import { cpuMilliseconds, residentBytes } from '../processes.ts';

/** A gateway in a process of its own. */
export interface GatewayProcess {
  /** Where it takes operations. */
  url: string;
  /** CPU milliseconds that the process with all its threads, also those that ended, has used so far; it counts in steps of 10 ms. */
  cpu(): number;
  residentBytes(): number;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  name: string;
  /** What follows `node`. */
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  url: string;
}

const READY_DEADLINE_MS = 60_000;
const POLL_MS = 100;
const MOST_OUTPUT = 5_000;
const PROBE = JSON.stringify({ query: '{ __typename }' });

const answers = async (url: string): Promise<boolean> => {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: PROBE, signal: AbortSignal.timeout(2_000) });
    return response.ok && (await response.text()).includes('"Query"');
  } catch {
    return false;
  }
};

/** Their own last words are worth more than a status. */
const waitUntilItAnswers = async (child: ChildProcess, { name, url }: GatewayOptions, output: () => string): Promise<void> => {
  const deadline = performance.now() + READY_DEADLINE_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${name} ended while starting:\n${output()}`);
    if (performance.now() > deadline) throw new Error(`${name} does not answer at ${url} after ${READY_DEADLINE_MS} ms:\n${output()}`);
    await sleep(POLL_MS);
  }
};

/** Starts somebody else's gateway; it ends with us. @throws Error with the gateway's last words. */
export const startGateway = async (options: GatewayOptions): Promise<GatewayProcess> => {
  const { name, args, env, url } = options;
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said = `${said}${text}`.slice(-MOST_OUTPUT)));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  try {
    await waitUntilItAnswers(child, options, () => said);
    const pid = child.pid ?? 0;
    const workers = childrenOf(pid);
    if (workers.length > 0) throw new Error(`${name} runs in several processes, whose CPU time would be missed: ${workers}`);
    return { url, cpu: () => cpuMilliseconds(pid), residentBytes: () => residentBytes(pid), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
