import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { messageOf } from '@supergraph/service/process';
import { EnvironmentError } from '../command.ts';

const DEADLINE_MS = 300_000;
const MAX_OUTPUT = 20_000;

/**
 * Runs a program of `node_modules/.bin`, or `node`, in the root of the checkout.
 * @returns its exit code and the end of what it wrote, both streams.
 * @throws EnvironmentError when it cannot be started or takes longer than five minutes.
 */
export const runTool = (root: string, command: string, args: readonly string[]): Promise<{ code: number; output: string }> =>
  new Promise((resolve, reject) => {
    const bin = join(root, 'node_modules', '.bin');
    const child = spawn(command === 'node' ? process.execPath : join(bin, command), args, {
      cwd: root,
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, APOLLO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-MAX_OUTPUT);
      });
    // Before anybody else cleans up: what still runs would write on.
    const end = (): void => void child.kill('SIGKILL');
    process.prependOnceListener('exit', end);
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new EnvironmentError(`${command} did not end within ${DEADLINE_MS / 1_000} s`, `run it yourself: npx ${command} ${args.join(' ')}`));
    }, DEADLINE_MS);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new EnvironmentError(`${command} cannot be started: ${messageOf(error)}`, 'run npm ci'));
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      process.off('exit', end);
      resolve({ code: code ?? 1, output });
    });
  });
