import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Envelope, MAX_EVENT_BYTES } from '@supergraph/events/envelope';
import { afterEach, describe, expect, test } from 'vitest';
import { type BusOptions, type Capabilities, MAX_ATTEMPTS, type MessageBus, ParkMessage } from '../message-bus.ts';
import { openMessageBus } from '../open.ts';
import { createRecorder, message, SUBSCRIPTIONS, TYPES, until } from './messages.ts';

/** A broker under test. */
export interface BrokerUnderTest {
  url: string;
  capabilities: Capabilities;
  /** Stop and start the real broker; left out where a test run does not own it. */
  stop?: () => Promise<void>;
  start?: () => Promise<void>;
}

const RETRY_DELAY_MS = 200;
const VISIBILITY_MS = 2_000;
const CONSUMER = fileURLToPath(new URL('hanging-consumer.ts', import.meta.url));

/** What every broker's adapter has to pass, apart from what its capabilities exclude. */
export const describeBus = (name: string, broker: () => BrokerUnderTest, capabilities: Capabilities): void => {
  describe(`the message bus on ${name}`, () => {
    const opened: MessageBus[] = [];
    const processes: ChildProcess[] = [];
    afterEach(async () => {
      for (const child of processes.splice(0)) child.kill('SIGKILL');
      await Promise.all(opened.splice(0).map((bus) => bus.close()));
    });

    const options = (namespace: string): BusOptions => ({
      url: broker().url,
      subscriptions: SUBSCRIPTIONS,
      namespace,
      retryDelayMs: RETRY_DELAY_MS,
      visibilityMs: VISIBILITY_MS,
    });
    const freshNamespace = (): string => `test-${randomUUID().slice(0, 8)}`;
    const open = async (namespace = freshNamespace()): Promise<MessageBus> => {
      const bus = await openMessageBus(options(namespace));
      opened.push(bus);
      return bus;
    };

    test('tells its capabilities and that it is ready', async () => {
      const bus = await open();
      expect(bus.capabilities).toEqual(capabilities);
      expect(await bus.readiness()).toBeUndefined();
    });

    test('every group gets every message of its types once, whole, and nothing else', async () => {
      const bus = await open();
      const [alpha, beta] = [createRecorder(), createRecorder()];
      await bus.subscribe({ group: 'alpha', handle: alpha.record });
      await bus.subscribe({ group: 'beta', handle: beta.record });
      const ping = message('s-1', { text: 'ä€😀 "quoted"\n', nested: { list: [1, null, true] } });
      const pong = message('s-2', {}, TYPES.pong);
      await bus.publish([ping, message('s-3', {}, TYPES.unwanted), pong]);
      await until('alpha has both, beta has one', () => alpha.deliveries.length >= 2 && beta.deliveries.length >= 1);
      await sleep(300);
      expect(alpha.ids().toSorted()).toEqual([ping.id, pong.id].toSorted());
      expect(beta.deliveries.map(({ envelope, attempt }) => ({ envelope, attempt }))).toEqual([{ envelope: ping, attempt: 1 }]);
    });

    test('a type that nobody wants is dropped without a complaint', async () => {
      const bus = await open();
      await expect(bus.publish([message('s', {}, TYPES.unwanted)])).resolves.toBeUndefined();
      await expect(bus.publish([])).resolves.toBeUndefined();
    });

    test('a group that the bus does not know is refused', async () => {
      const bus = await open();
      await expect(bus.subscribe({ group: 'stranger', handle: async () => undefined })).rejects.toMatchObject({ code: 'BUS_GROUP_UNKNOWN' });
    });

    test(`an event of ${MAX_EVENT_BYTES} bytes passes, one byte more is refused`, async () => {
      const bus = await open();
      const beta = createRecorder();
      await bus.subscribe({ group: 'beta', handle: beta.record });
      const padded = (bytes: number): Envelope => {
        const empty = message('large', { text: '' });
        return { ...empty, data: { text: 'x'.repeat(bytes - JSON.stringify(empty).length) } };
      };
      const largest = padded(MAX_EVENT_BYTES);
      await bus.publish([largest]);
      await until('it arrived', () => beta.deliveries.length === 1);
      expect(beta.deliveries[0]?.envelope).toEqual(largest);
      await expect(bus.publish([padded(MAX_EVENT_BYTES + 1)])).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' });
    });

    test('never more than `concurrency` handlers run, however many messages wait', async () => {
      const bus = await open();
      let [running, most, done] = [0, 0, 0];
      await bus.subscribe({
        group: 'beta',
        concurrency: 4,
        handle: async () => {
          most = Math.max(most, ++running);
          await sleep(5);
          running--;
          done++;
        },
      });
      await bus.publish(Array.from({ length: 200 }, (_, index) => message(`s-${index}`)));
      await until('all are handled', () => done >= 200);
      expect(most).toBeLessThanOrEqual(4);
    });

    test.runIf(capabilities.keepsForAbsent)('what was published while a group was away reaches it later', async () => {
      const namespace = freshNamespace();
      const publisher = await open(namespace);
      const sent = Array.from({ length: 20 }, (_, index) => message(`s-${index}`));
      await publisher.publish(sent);
      const beta = createRecorder();
      await (await open(namespace)).subscribe({ group: 'beta', handle: beta.record });
      await until('all arrived', () => new Set(beta.ids()).size === 20);
      expect(beta.ids().toSorted()).toEqual(sent.map(({ id }) => id).toSorted());
    });

    test.runIf(capabilities.keepsForAbsent)('processes of one group share its messages', async () => {
      const namespace = freshNamespace();
      const [one, two] = [createRecorder(), createRecorder()];
      const slowly = (recorder: typeof one) => async (delivery: Parameters<typeof one.record>[0]) => {
        await sleep(10);
        await recorder.record(delivery);
      };
      await (await open(namespace)).subscribe({ group: 'beta', handle: slowly(one), concurrency: 2 });
      await (await open(namespace)).subscribe({ group: 'beta', handle: slowly(two), concurrency: 2 });
      // Consumers of some brokers take a moment to agree on who gets what.
      await sleep(name === 'kafka' ? 4_000 : 200);
      const publisher = await open(namespace);
      const sent = Array.from({ length: 200 }, (_, index) => message(`s-${index}`));
      await publisher.publish(sent);
      await until('all are handled', () => one.deliveries.length + two.deliveries.length >= 200, 40_000);
      await sleep(300);
      expect([...one.ids(), ...two.ids()].toSorted()).toEqual(sent.map(({ id }) => id).toSorted());
      expect(one.deliveries.length).toBeGreaterThan(0);
      expect(two.deliveries.length).toBeGreaterThan(0);
    });

    test.runIf(capabilities.orderPerSubject)('messages of one subject come in order and one at a time, over several processes', async () => {
      const namespace = freshNamespace();
      const seen = new Map<string, number[]>();
      const busy = new Set<string>();
      const overlaps: string[] = [];
      const handle = async ({ envelope }: { envelope: Envelope }): Promise<void> => {
        if (busy.has(envelope.subject)) overlaps.push(envelope.subject);
        busy.add(envelope.subject);
        await sleep(Math.random() * 8);
        seen.set(envelope.subject, [...(seen.get(envelope.subject) ?? []), envelope.data['step'] as number]);
        busy.delete(envelope.subject);
      };
      for (let member = 0; member < 2; member++) await (await open(namespace)).subscribe({ group: 'beta', handle, concurrency: 8 });
      const publisher = await open(namespace);
      for (let step = 0; step < 10; step++) await publisher.publish(Array.from({ length: 20 }, (_, subject) => message(`s-${subject}`, { step })));
      await until('all are handled', () => [...seen.values()].reduce((sum, steps) => sum + steps.length, 0) >= 200, 40_000);
      for (const steps of seen.values()) expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(overlaps).toEqual([]);
    });

    test.runIf(capabilities.redelivers)('a handler that fails is tried again, later each time', async () => {
      const bus = await open();
      const times: number[] = [];
      const attempts: number[] = [];
      await bus.subscribe({
        group: 'beta',
        handle: async ({ attempt }) => {
          times.push(performance.now());
          attempts.push(attempt);
          if (attempt < 3) throw new Error('not yet');
        },
      });
      await bus.publish([message('s')]);
      await until('the third attempt', () => attempts.length === 3);
      await sleep(500);
      expect(attempts).toEqual([1, 2, 3]);
      expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(RETRY_DELAY_MS / 2 - 20);
      expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(RETRY_DELAY_MS - 20);
      expect(await bus.deadLetters('beta', 10)).toEqual([]);
    });

    test.runIf(capabilities.redelivers)(
      `a message that always fails is parked after exactly ${MAX_ATTEMPTS} attempts while the others flow`,
      async () => {
        const bus = await open();
        const poison = message('poison');
        let attempts = 0;
        const others = createRecorder();
        await bus.subscribe({
          group: 'beta',
          handle: async (delivery) => {
            if (delivery.envelope.id !== poison.id) return others.record(delivery);
            attempts++;
            throw new Error('cannot digest this');
          },
        });
        const rest = Array.from({ length: 50 }, (_, index) => message(`s-${index}`));
        await bus.publish([...rest.slice(0, 25), poison, ...rest.slice(25)]);
        await until('the others are handled', () => others.deliveries.length >= 50);
        expect(attempts).toBeLessThan(MAX_ATTEMPTS);
        await until('the poison is parked', async () => (await bus.deadLetters('beta', 10)).length === 1, 40_000);
        expect(await bus.deadLetters('beta', 10)).toEqual([
          { envelope: poison, attempts: MAX_ATTEMPTS, reason: expect.stringContaining('cannot digest this') },
        ]);
        await sleep(500);
        expect(attempts).toBe(MAX_ATTEMPTS);
      },
      60_000,
    );

    test.runIf(capabilities.redelivers)('a handler can park a message at once', async () => {
      const bus = await open();
      let attempts = 0;
      await bus.subscribe({
        group: 'beta',
        handle: async () => {
          attempts++;
          throw new ParkMessage('amounts differ');
        },
      });
      const parked = message('s');
      await bus.publish([parked]);
      await until('it is parked', async () => (await bus.deadLetters('beta', 10)).length === 1);
      expect(await bus.deadLetters('beta', 10)).toEqual([{ envelope: parked, attempts: 1, reason: expect.stringContaining('amounts differ') }]);
      expect(attempts).toBe(1);
    });

    test.runIf(capabilities.redelivers)(
      'a handler that runs longer than the visibility timeout keeps its message',
      async () => {
        const namespace = freshNamespace();
        const starts: number[] = [];
        for (let member = 0; member < 2; member++) {
          await (await open(namespace)).subscribe({
            group: 'beta',
            handle: async ({ attempt }) => {
              starts.push(attempt);
              await sleep(2.5 * VISIBILITY_MS);
            },
          });
        }
        await (await open(namespace)).publish([message('slow')]);
        await until('it began', () => starts.length >= 1);
        await sleep(3.5 * VISIBILITY_MS);
        expect(starts).toEqual([1]);
      },
      60_000,
    );

    test.runIf(capabilities.redelivers)(
      'what a killed process held is delivered to another',
      async () => {
        const namespace = freshNamespace();
        const child = spawn(process.execPath, [CONSUMER, JSON.stringify({ ...options(namespace), group: 'beta' })], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        processes.push(child);
        let held = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          held += text;
        });
        const sent = message('s');
        await (await open(namespace)).publish([sent]);
        await until('the process holds it', () => held.includes(sent.id), 30_000);
        child.kill('SIGKILL');
        const beta = createRecorder();
        await (await open(namespace)).subscribe({ group: 'beta', handle: beta.record });
        await until('another has it', () => beta.deliveries.length >= 1, 60_000);
        expect(beta.ids()).toEqual([sent.id]);
      },
      100_000,
    );

    test('a drain lets running handlers finish and starts no other; what is left goes to somebody else', async () => {
      const namespace = freshNamespace();
      const bus = await open(namespace);
      const [begun, finished]: [string[], string[]] = [[], []];
      const subscription = await bus.subscribe({
        group: 'beta',
        concurrency: 2,
        handle: async ({ envelope }) => {
          begun.push(envelope.id);
          await sleep(300);
          finished.push(envelope.id);
        },
      });
      const sent = Array.from({ length: 10 }, (_, index) => message(`s-${index}`));
      await bus.publish(sent);
      await until('two run', () => begun.length >= 2);
      await subscription.drain();
      const atEnd = [...finished];
      expect(atEnd).toEqual(begun);
      await sleep(500);
      expect(begun).toEqual(atEnd);
      if (!capabilities.keepsForAbsent) return;
      const rest = createRecorder();
      await (await open(namespace)).subscribe({ group: 'beta', handle: rest.record });
      await until('the rest arrived', () => rest.deliveries.length >= 10 - atEnd.length, 30_000);
      await sleep(300);
      expect([...atEnd, ...rest.ids()].toSorted()).toEqual(sent.map(({ id }) => id).toSorted());
    }, 60_000);

    test('it rejects while the broker is down, loses nothing it had confirmed, and goes on when the broker is back', async (context) => {
      const { stop, start } = broker();
      if (stop === undefined || start === undefined) return context.skip(`nobody here may stop ${name}`);
      const bus = await open();
      const beta = createRecorder();
      await bus.subscribe({ group: 'beta', handle: beta.record });
      const before = message('before');
      await bus.publish([before]);
      await until('it flows', () => beta.deliveries.length === 1);
      await stop();
      try {
        await expect(bus.publish([message('lost')])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
        expect(await bus.readiness()).toBeTypeOf('string');
      } finally {
        await start();
      }
      const after: string[] = [];
      const publishOne = async (): Promise<boolean> => {
        const next = message(`after-${after.length}`);
        after.push(next.id);
        return bus.publish([next]).then(
          () => true,
          () => false,
        );
      };
      await until('it publishes again', publishOne, 60_000);
      // Where nothing is kept for the absent, what is published before the subscriber is back as well is gone.
      const receivesAgain = async (): Promise<boolean> => {
        if (!capabilities.keepsForAbsent) await publishOne();
        return after.some((id) => beta.ids().includes(id));
      };
      await until('it receives again', receivesAgain, 60_000);
    }, 180_000);
  });
};
