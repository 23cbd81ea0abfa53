import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process under test that is killed and started again. */
export interface ServiceProcess {
  name: string;
  /** Starts it; does not wait. */
  start(): void;
  /** Resolves when the one that was started last serves. @throws Error when it ends before, or after 60 s. */
  ready(): Promise<void>;
  /** SIGKILL, wherever it stands. Resolves when it is gone. */
  kill(): Promise<void>;
  pid(): number;
  /** How it ended when nobody asked it to, with what it said last. */
  deaths(): readonly string[];
}

export interface ServiceOptions {
  name: string;
  mainFile: string;
  env: NodeJS.ProcessEnv;
  /** Asked again and again until it answers true. Left out by a process that tells us itself, with any message over IPC. */
  isServing?: () => Promise<boolean>;
}

const READY_DEADLINE_MS = 60_000;
const POLL_MS = 20;
const LINES_KEPT = 12;

const keepLastLines = (child: ChildProcess): string[] => {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
    });
  }
  return lines;
};

/** The process ends when we do: the IPC channel is its lifeline. Ctrl-C reaches us alone. */
export const createService = ({ name, mainFile, env, isServing }: ServiceOptions): ServiceProcess => {
  const deaths: string[] = [];
  const killed = new WeakSet<ChildProcess>();
  const reported = new WeakSet<ChildProcess>();
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();

  const isReady = async (one: ChildProcess): Promise<boolean> => (isServing === undefined ? reported.has(one) : isServing());

  const untilServing = async (one: ChildProcess): Promise<void> => {
    const deadline = Date.now() + READY_DEADLINE_MS;
    while (!(await isReady(one))) {
      if (one.exitCode !== null || one.signalCode !== null) throw new Error(deaths.at(-1) ?? `${name} was killed while it started`);
      if (Date.now() > deadline) throw new Error(`${name} does not serve after ${READY_DEADLINE_MS / 1_000} s`);
      await sleep(POLL_MS);
    }
  };

  return {
    name,
    start: () => {
      const started = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', mainFile], {
        env: { ...process.env, ...env },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      const lines = keepLastLines(started);
      started.once('message', () => reported.add(started));
      gone = new Promise((resolve) => {
        started.once('close', (code, signal) => {
          if (!killed.has(started)) deaths.push(`${name} ended by itself (${signal ?? `exit code ${code}`}): ${lines.join(' | ')}`);
          resolve();
        });
      });
      child = started;
    },
    ready: async () => {
      if (child !== undefined) await untilServing(child);
    },
    kill: async () => {
      if (child === undefined) return;
      killed.add(child);
      child.kill('SIGKILL');
      await gone;
    },
    pid: () => child?.pid ?? 0,
    deaths: () => deaths,
  };
};
