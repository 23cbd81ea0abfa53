import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { type BusOptions, MAX_ATTEMPTS } from '../message-bus.ts';
import { openMessageBus } from '../open.ts';
import { message, SUBSCRIPTIONS, until } from './messages.ts';

const CONSUMER = fileURLToPath(new URL('hanging-consumer.ts', import.meta.url));

/** For brokers that count deliveries to processes that died: none of them is lost and none is tried for ever. */
export const testDyingConsumers = (title: string, url: string): void => {
  const processes: ChildProcess[] = [];
  afterAll(() => {
    for (const child of processes) child.kill('SIGKILL');
  });

  test(`on ${title} a message whose process dies every time is parked after exactly ${MAX_ATTEMPTS} attempts`, async () => {
    const namespace = `test-${randomUUID().slice(0, 8)}`;
    const options: BusOptions = { url, subscriptions: SUBSCRIPTIONS, namespace, retryDelayMs: 200, visibilityMs: 2_000 };
    const consume = (): ChildProcess => {
      const child = spawn(process.execPath, [CONSUMER, JSON.stringify({ ...options, group: 'beta' })], { stdio: ['ignore', 'pipe', 'inherit'] });
      processes.push(child);
      return child;
    };
    const bus = await openMessageBus(options);
    const deadly = message('s');
    await bus.publish([deadly]);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const child = consume();
      const [held] = await once(child.stdout ?? child, 'data');
      expect(String(held).trim()).toBe(deadly.id);
      child.kill('SIGKILL');
    }
    const last = consume();
    let isHandledAgain = false;
    last.stdout?.on('data', () => {
      isHandledAgain = true;
    });
    await until('it is parked', async () => (await bus.deadLetters('beta', 10)).length === 1);
    expect(await bus.deadLetters('beta', 10)).toEqual([{ envelope: deadly, attempts: MAX_ATTEMPTS, reason: expect.stringContaining('died') }]);
    expect(isHandledAgain).toBe(false);
    await bus.close();
  }, 90_000);
};
