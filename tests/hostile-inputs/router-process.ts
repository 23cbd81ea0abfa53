import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN_FILE = fileURLToPath(new URL('../../router/src/main.ts', import.meta.url));

/** The router as it runs in production. */
export interface RouterProcess {
  port: number;
  isRunning(): boolean;
  /** Resident memory in MB. */
  residentMb(): number;
  /** Open sockets and files. */
  openFiles(): number;
  /** What it wrote to stdout and stderr. */
  output(): string;
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 10_000;

const portIn = (output: string): number | undefined => {
  const line = output.split('\n').find((text) => text.includes('"listening"'));
  return line === undefined ? undefined : (JSON.parse(line) as { port: number }).port;
};

/** Starts `router/src/main.ts` in production mode on a free port. @throws Error with its output when it does not listen in time. */
export const startRouter = async (env: Record<string, string>): Promise<RouterProcess> => {
  const child: ChildProcess = spawn(process.execPath, [MAIN_FILE, '--port', '0'], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', (data) => (output += data));
  child.stderr?.on('data', (data) => (output += data));
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const deadline = Date.now() + START_DEADLINE_MS;
  while (portIn(output) === undefined) {
    if (!isRunning() || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the router does not listen:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    port: portIn(output) as number,
    isRunning,
    residentMb: () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1_024,
    openFiles: () => readdirSync(`/proc/${child.pid}/fd`).length,
    output: () => output,
    stop: async () => {
      if (!isRunning()) return;
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
      await ended;
      clearTimeout(late);
    },
  };
};
