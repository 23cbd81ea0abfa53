import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '@supergraph/cli/child';
import { childrenOf, commandOf } from '../../checkout.ts';
import { freePort } from '../../postgres.ts';
import { ROOT } from '../../world.ts';
import { cpuMilliseconds, residentBytes } from '../processes.ts';
import type { Federation } from './subgraphs.ts';

/** A router in production mode, in a process of its own. */
export interface RouterProcess {
  /** Its base URL. */
  url: string;
  /** CPU milliseconds that the process with all its threads, also those that ended, has used so far; it counts in steps of 10 ms. */
  cpu(): number;
  /** The same to the microsecond, of the threads that run now. */
  threadsCpu(): number;
  residentBytes(): number;
  stop(): Promise<void>;
}

export interface RouterOptions {
  federation: Federation;
  /** Its name, and the word under which its fetches are counted. */
  door: string;
  /** The text of its router.yaml; left out: the defaults. */
  settings?: string;
  env?: NodeJS.ProcessEnv;
}

const MAIN_FILE = `${ROOT}router/src/main.ts`;
const MOST_LINES = 50;
const STOP_DEADLINE_MS = 5_000;

/** The time on a CPU of each thread, in nanoseconds (https://docs.kernel.org/scheduler/sched-stats.html). */
const threadsCpuMilliseconds = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`).reduce((sum, id) => sum + Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]), 0) /
  1e6;

/** @throws StartupError, or an Error with the router's last words. */
export const startRouter = async ({ federation, door, settings = '', env = {} }: RouterOptions): Promise<RouterProcess> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settingsFile = join(federation.folder, `${door}.yaml`);
  writeFileSync(settingsFile, settings);
  const lines: string[] = [];
  const child = startChild({
    name: `router ${door}`,
    mainFile: MAIN_FILE,
    args: ['--supergraph', federation.supergraphFile, '--port', String(port)],
    env: { ...process.env, NODE_ENV: 'production', ROUTER_SUBGRAPH_URLS: federation.subgraphUrls(door), ROUTER_SETTINGS: settingsFile, ...env },
    url,
    onLine: (line) => {
      lines.push(line);
      if (lines.length > MOST_LINES) lines.shift();
    },
    onUnexpectedExit: (how) => process.stderr.write(`router ${door}: ${how}\n${lines.join('\n')}\n`),
  });
  const stop = (): Promise<void> => child.stop(STOP_DEADLINE_MS);
  try {
    await child.ready();
    const pid = childrenOf(process.pid).find((id) => commandOf(id).includes(`--port ${port}`));
    if (pid === undefined) throw new Error(`the process of router ${door} is not to be found`);
    return {
      url,
      cpu: () => cpuMilliseconds(pid),
      threadsCpu: () => threadsCpuMilliseconds(pid),
      residentBytes: () => residentBytes(pid),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
