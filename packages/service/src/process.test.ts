import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { messageOf } from './process.ts';

const at = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
const IMPORTS = `
  import { runProcess } from ${at('./process.ts')};
  import { StartupError } from ${at('./startup-error.ts')};
  const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const serve = (close) => { setInterval(() => undefined, 1_000); console.log('serving'); return { close }; };
`;

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  printed: string;
  complained: string;
}

/** Runs a tiny process of the room `shop` until it ends. */
const run = (body: string): { child: ChildProcess; says(line: string): Promise<void>; ended: Promise<Ended> } => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', `${IMPORTS}\n${body}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let complained = '';
  child.stdout?.on('data', (chunk) => (printed += chunk));
  child.stderr?.on('data', (chunk) => (complained += chunk));
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, printed, complained }));
  return {
    child,
    ended,
    says: (line) => expect.poll(() => printed, { timeout: 10_000, interval: 10 }).toContain(line),
  };
};
const DRAINING = `await runProcess('shop', async () => serve(async () => { console.log('closing'); await sleep(150); console.log('drained'); }));`;

describe.concurrent('a process', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    test(`finishes what was begun on ${signal}, and exits 0`, async () => {
      const { child, says, ended } = run(DRAINING);
      await says('serving');
      child.kill(signal);
      expect(await ended).toEqual({ code: 0, signal: null, printed: 'serving\nclosing\ndrained\n', complained: '' });
    });

  test('drains once, however often it is told to', async () => {
    const { child, says, ended } = run(DRAINING);
    await says('serving');
    child.kill('SIGTERM');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, printed: 'serving\nclosing\ndrained\n' });
  });

  test('drains when its parent is killed: nothing is left behind', async () => {
    const room = `${IMPORTS}\nprocess.on('exit', (code) => console.log('exit', code));\n${DRAINING}`;
    const { child, says, ended } = run(`
      const { spawn } = await import('node:child_process');
      spawn(process.execPath, ['--input-type=module', '--eval', ${JSON.stringify(room)}], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    `);
    await says('serving');
    child.kill('SIGKILL');
    // The room holds the same pipes, so this waits for its end too.
    expect(await ended).toEqual({ code: null, signal: 'SIGKILL', printed: 'serving\nclosing\ndrained\nexit 0\n', complained: '' });
  });

  test('that is told to stop before it started serving exits 0 at once', async () => {
    const { child, says, ended } = run(`await runProcess('shop', async () => { console.log('starting'); await sleep(30_000); return serve(); });`);
    await says('starting');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, complained: '' });
  });

  test('that does not drain is ended after 4 s, and says so', async () => {
    const { child, says, ended } = run(`await runProcess('shop', async () => serve(() => sleep(30_000)));`);
    await says('serving');
    const stopped = performance.now();
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 1, complained: '✗ shop did not drain within 4000 ms\n' });
    expect(performance.now() - stopped).toBeLessThan(6_000);
  });

  test('that cannot drain exits 1 with the reason', async () => {
    const { child, says, ended } = run(`await runProcess('shop', async () => serve(async () => { throw new Error('stuck'); }));`);
    await says('serving');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 1, complained: '✗ shop stopped: stuck\n' });
  });

  test('whose user can mend what is wrong tells what and how in two lines, and exits 2', async () => {
    const { ended } = run(`await runProcess('shop', async () => { throw new StartupError('shop cannot start: no money', 'earn some'); });`);
    expect(await ended).toEqual({ code: 2, signal: null, printed: '', complained: '✗ shop cannot start: no money\n  → earn some\n' });
  });

  test('that fails for a reason nobody foresaw says it in one line, without a stack, and exits 1', async () => {
    const failures = [
      `await runProcess('shop', async () => { throw new Error('no luck\\nwith details'); });`,
      `await runProcess('shop', async () => { setTimeout(() => { throw new TypeError('no luck'); }, 10); return serve(); });`,
      `await runProcess('shop', async () => { setTimeout(() => Promise.reject(new Error('no luck')), 10); return serve(); });`,
      `await runProcess('shop', async () => { setTimeout(() => Promise.reject('no luck'), 10); return serve(); });`,
      `await runProcess('shop', async () => { throw 'no luck'; });`,
    ];
    for (const { code, complained } of await Promise.all(failures.map((body) => run(body).ended)))
      expect({ code, complained }).toEqual({ code: 1, complained: '✗ shop stopped: no luck\n' });
  });
});

describe('the message of whatever was thrown', () => {
  test('is its first line', () => {
    expect(messageOf(new Error('one\ntwo'))).toBe('one');
    expect(messageOf('text')).toBe('text');
    expect(messageOf(undefined)).toBe('undefined');
  });

  test('says something also for an error without one, as a refused connection to several addresses is', () => {
    expect(messageOf(new AggregateError([new Error('connect ECONNREFUSED ::1:1'), new Error('connect ECONNREFUSED 127.0.0.1:1')]))).toBe(
      'connect ECONNREFUSED ::1:1',
    );
    expect(messageOf(Object.assign(new Error(''), { code: 'ECONNRESET' }))).toBe('ECONNRESET');
    expect(messageOf(new TypeError(''))).toBe('TypeError');
  });
});
