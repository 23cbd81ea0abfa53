import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Writes the types of schemas and operations anew, one run at a time. */
export interface CodegenWatch {
  /** Asks for a run. While one goes on, any number of requests are one more run. */
  request(): void;
  close(): void;
}

const PROGRAM = join('node_modules', '@graphql-codegen', 'cli', 'cjs', 'bin.js');
const MAX_COMPLAINT = 2_000;

/** @param say gets one line a run. Where there is no codegen.ts nothing is ever run. */
export const createCodegenWatch = (root: string, lifeline: string, say: (line: string) => void): CodegenWatch => {
  const isPossible = existsSync(join(root, 'codegen.ts')) && existsSync(join(root, PROGRAM));
  let running: ChildProcess | undefined;
  let again = false;
  let closed = false;
  const run = (): void => {
    const begun = performance.now();
    again = false;
    let complaint = '';
    running = spawn(process.execPath, ['--import', lifeline, join(root, PROGRAM), '--config', 'codegen.ts', '--silent'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    running.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-MAX_COMPLAINT);
    });
    running.once('error', () => undefined);
    running.once('close', (code) => {
      running = undefined;
      if (closed) return;
      const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
      say(code === 0 ? `types written in ${seconds} s` : `✗ types not written: ${complaint.trim().split('\n')[0] || `exit code ${code}`}`);
      if (again) run();
    });
  };
  return {
    request: () => {
      if (!isPossible || closed) return;
      if (running === undefined) run();
      else again = true;
    },
    close: () => {
      closed = true;
      running?.kill('SIGKILL');
    },
  };
};
