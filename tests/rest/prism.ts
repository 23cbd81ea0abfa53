import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../postgres.ts';
import { ROOT } from '../world.ts';

/** Prism between a client and the server: compares every request and every answer with an OpenAPI document. */
export interface ValidatingProxy {
  url: string;
  stop(): Promise<void>;
}

/** One entry of the header `sl-violations`. */
export interface Violation {
  location: readonly string[];
  severity: string;
  code?: string;
  message: string;
}

const require = createRequire(import.meta.url);
const MAIN = require.resolve('@stoplight/prism-cli');
const READY_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 3_000;

const isUp = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(5_000) })).status === 200;
  } catch {
    return false;
  }
};

export interface PrismOptions {
  /** From the root of the checkout on. */
  document?: string;
  /** What answers 200 when the server is up. */
  readyPath?: string;
}

/** @param upstream the server's base URL. */
export const startPrism = async (
  upstream: string,
  { document = 'rest/openapi.json', readyPath = '/' }: PrismOptions = {},
): Promise<ValidatingProxy> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // Without --errors: it would keep bad requests from the server, and the header tells of every violation anyway.
  const args = [MAIN, 'proxy', `${ROOT}${document}`, upstream, '--port', String(port), '--host', '127.0.0.1', '--verboseLevel', 'error'];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const late = await Promise.race([exited, sleep(STOP_DEADLINE_MS, 'late', { ref: false })]);
    if (late === 'late') child.kill('SIGKILL');
    await exited;
  };
  for (const deadline = Date.now() + READY_DEADLINE_MS; !(await isUp(`${url}${readyPath}`)); await sleep(100)) {
    if (child.exitCode !== null) throw new Error(`Prism ended with ${child.exitCode}`);
    if (Date.now() < deadline) continue;
    await stop();
    throw new Error(`Prism does not answer after ${READY_DEADLINE_MS / 1_000} s`);
  }
  return { url, stop };
};

export const violationsOf = (headers: Headers): Violation[] => {
  const text = headers.get('sl-violations');
  if (text === null) return [];
  try {
    return JSON.parse(text) as Violation[];
  } catch {
    // It cuts what is too long for a header.
    return [{ location: ['response'], severity: 'Error', message: text }];
  }
};
