import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '@supergraph/service/startup-error';

/** A room's process, started from its `main.ts`. */
export interface Child {
  name: string;
  /** Resolves when the process has ended. */
  exited: Promise<void>;
  isRunning(): boolean;
  /** Resolves when `/health/ready` answers 200. Throws StartupError when the process ends before, or after 60 s. */
  ready(): Promise<void>;
  /** Asks it to drain (SIGTERM) and waits; after `deadlineMs` it is killed. */
  stop(deadlineMs: number): Promise<void>;
}

export interface ChildOptions {
  name: string;
  /** Absolute path of the TypeScript file to run. */
  mainFile: string;
  args?: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Base URL whose `/health/ready` tells when it serves. */
  url: string;
  onLine: (line: string) => void;
  /** Called when it ends without having been asked to. */
  onUnexpectedExit: (how: string) => void;
}

/** Preloaded into a process, it ends the process when we are gone, also while it is starting. */
export const LIFELINE = new URL('lifeline.mjs', import.meta.url).href;

const READY_DEADLINE_MS = 60_000;
const POLL_MS = 25;

const answersReady = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
};

/**
 * Starts a process in a session of its own, so that Ctrl-C reaches us alone and we decide the order of the end. The
 * IPC channel is its lifeline: a room drains when the channel closes, so no death of ours leaves it behind.
 */
export const startChild = ({ name, mainFile, args = [], env, url, onLine, onUnexpectedExit }: ChildOptions): Child => {
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', LIFELINE, mainFile, ...args], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const complaints: string[] = [];
  let state: 'starting' | 'serving' | 'stopping' | 'ended' = 'starting';
  if (child.stdout) createInterface(child.stdout).on('line', onLine);
  if (child.stderr) {
    createInterface(child.stderr).on('line', (line) => {
      complaints.push(line);
      if (complaints.length > 20) complaints.shift();
      if (state !== 'starting') onLine(line);
    });
  }
  let how = '';
  const exited = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      if (state === 'serving') onUnexpectedExit(how);
      state = 'ended';
      resolve();
    });
    child.once('error', () => resolve());
  });
  return {
    name,
    exited,
    isRunning: () => state === 'starting' || state === 'serving',
    ready: async () => {
      const deadline = Date.now() + READY_DEADLINE_MS;
      while (!(await answersReady(url))) {
        if (state === 'ended') throw startFailure(name, how, complaints);
        if (Date.now() > deadline)
          throw new StartupError(`${name} is not ready after ${READY_DEADLINE_MS / 1000} s`, `see what ${url}/health/ready says`);
        await sleep(POLL_MS);
      }
      if (state === 'starting') state = 'serving';
    },
    stop: async (deadlineMs) => {
      if (state === 'ended') return;
      state = 'stopping';
      child.kill('SIGTERM');
      const late = await Promise.race([exited, sleep(deadlineMs, 'late', { ref: false })]);
      if (late === 'late') child.kill('SIGKILL');
      await exited;
    },
  };
};

const startFailure = (name: string, how: string, complaints: readonly string[]): StartupError => {
  const what = complaints.find((line) => line.startsWith('✗'))?.replace(/^✗ /, '');
  const fix = complaints.find((line) => line.trimStart().startsWith('→'))?.replace(/^\s*→ /, '');
  return new StartupError(
    what ?? `${name} ended while starting (${how}): ${complaints.at(-1) ?? 'it said nothing'}`,
    fix ?? `run it alone to see more: its main.ts stands in the folder of ${name}`,
  );
};
