import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Envelope, MAX_EVENT_BYTES } from '@supergraph/events/envelope';
import { afterEach, describe, expect, test } from 'vitest';
import type { BusOptions, Listening, MessageBus } from '../message-bus.ts';
import { openMessageBus } from '../open.ts';
import type { BrokerUnderTest } from './message-bus.contract.ts';
import { createRecorder, message, SUBSCRIPTIONS, TYPES, until } from './messages.ts';

/** What is to be seen of listeners on the broker. */
export interface Leftovers {
  count(url: string, namespace: string): Promise<number>;
  /** How many are still there a moment after two were killed. */
  afterKill: number;
}

/** What brokers differ in. */
export interface ListeningTraits {
  leftovers?: Leftovers;
  /** It drops what a listener that takes nothing has not read, at the latest after this many events of LARGE_BYTES. */
  keepsForSlow?: number;
}

const LARGE_BYTES = 250_000;
const LISTENER = fileURLToPath(new URL('hanging-listener.ts', import.meta.url));
const ALL = [TYPES.ping, TYPES.pong];
const RATE = 200;
const EVENTS = 400;

const createEars = (types: readonly string[] = ALL) => {
  const heard: Envelope[] = [];
  const interruptions: string[] = [];
  return {
    heard,
    interruptions,
    ids: (): string[] => heard.map(({ id }) => id),
    options: {
      types,
      handle: (envelope: Envelope): void => void heard.push(envelope),
      onInterrupted: (reason: string): void => void interruptions.push(reason),
    },
  };
};

/** What listening to a bus has to be on every broker. */
export const describeListening = (
  name: string,
  broker: () => Omit<BrokerUnderTest, 'capabilities'>,
  { leftovers, keepsForSlow = Number.POSITIVE_INFINITY }: ListeningTraits = {},
): void => {
  describe(`listening to the message bus on ${name}`, () => {
    const opened: MessageBus[] = [];
    const processes: ChildProcess[] = [];
    afterEach(async () => {
      for (const child of processes.splice(0)) child.kill('SIGKILL');
      await Promise.all(opened.splice(0).map((bus) => bus.close()));
    });
    const freshNamespace = (): string => `test-${randomUUID().slice(0, 8)}`;
    const open = async (namespace: string, subscriptions: BusOptions['subscriptions'] = SUBSCRIPTIONS): Promise<MessageBus> => {
      const bus = await openMessageBus({ url: broker().url, subscriptions, namespace, retryDelayMs: 200, visibilityMs: 2_000 });
      opened.push(bus);
      return bus;
    };

    test('every listener gets every event of its types, whole, also such as no group wants, and groups get theirs', async () => {
      const namespace = freshNamespace();
      const publisher = await open(namespace);
      const alpha = createRecorder();
      await publisher.subscribe({ group: 'alpha', handle: alpha.record });
      // A process that only listens knows no group.
      const [one, two, other] = [createEars(), createEars([TYPES.ping]), createEars([TYPES.unwanted])];
      await (await open(namespace, {})).listen(one.options);
      const third = await open(namespace, {});
      await Promise.all([third.listen(two.options), third.listen(other.options)]);
      const ping = message('s-1', { text: 'ä€😀 "quoted"\n\\', nested: { list: [1, null, true] } });
      const pong = message('s-2', {}, TYPES.pong);
      const unwanted = message('s-3', {}, TYPES.unwanted);
      await publisher.publish([ping, unwanted, pong]);
      await until('all heard', () => one.heard.length >= 2 && two.heard.length >= 1 && other.heard.length >= 1);
      await until('the group has its own', () => alpha.deliveries.length >= 2);
      await sleep(300);
      expect(one.heard.toSorted((a, b) => a.subject.localeCompare(b.subject))).toEqual([ping, pong]);
      expect([two.heard, other.heard]).toEqual([[ping], [unwanted]]);
      expect(alpha.ids().toSorted()).toEqual([ping.id, pong.id].toSorted());
      expect([one, two, other].flatMap(({ interruptions }) => interruptions)).toEqual([]);
    });

    test(`an event of ${MAX_EVENT_BYTES} bytes in characters of up to four is heard whole, between others`, async () => {
      const namespace = freshNamespace();
      const bus = await open(namespace);
      const ears = createEars();
      await bus.listen(ears.options);
      const empty = message('large', { text: '' });
      const room = MAX_EVENT_BYTES - Buffer.byteLength(JSON.stringify(empty));
      const text = 'a€😀'.repeat(Math.floor(room / 8));
      const largest = { ...empty, data: { text: text + 'x'.repeat(room - Buffer.byteLength(text)) } };
      const sent = [message('large'), largest, message('large')];
      await bus.publish(sent);
      await until('all heard', () => ears.heard.length >= 3);
      const bySent = (a: Envelope, b: Envelope): number => sent.findIndex(({ id }) => id === a.id) - sent.findIndex(({ id }) => id === b.id);
      expect(ears.heard.toSorted(bySent)).toEqual(sent);
    });

    test('a listener that throws hears the next event; one that is closed hears no more, and others do', async () => {
      const namespace = freshNamespace();
      const errors: string[] = [];
      const bus = await openMessageBus({ url: broker().url, subscriptions: SUBSCRIPTIONS, namespace, onError: (_, what) => void errors.push(what) });
      opened.push(bus);
      const [closed, stays] = [createEars(), createEars()];
      let isThrown = false;
      const [first, second] = await Promise.all([
        bus.listen(closed.options),
        bus.listen({
          ...stays.options,
          handle: (envelope) => {
            stays.options.handle(envelope);
            if (!isThrown) {
              isThrown = true;
              throw new Error('cannot hear this');
            }
          },
        }),
      ]);
      await bus.publish([message('s-1'), message('s-1')]);
      await until('both heard', () => closed.heard.length === 2 && stays.heard.length === 2);
      expect(errors).toContain(`listening to ${TYPES.ping}`);
      await first.close();
      await bus.publish([message('s-2')]);
      await until('the other heard', () => stays.heard.length === 3);
      await sleep(200);
      expect(closed.heard).toHaveLength(2);
      expect([closed.interruptions, stays.interruptions, second.isInterrupted()]).toEqual([[], [], false]);
    });

    test(`${EVENTS} events at ${RATE} a second are heard once each`, async () => {
      const namespace = freshNamespace();
      const [publisher, listener] = [await open(namespace), await open(namespace, {})];
      const published = new Map<string, number>();
      const ages: number[] = [];
      const ears = createEars();
      await listener.listen({
        ...ears.options,
        handle: (envelope) => {
          ears.options.handle(envelope);
          ages.push(performance.now() - (published.get(envelope.id) ?? 0));
        },
      });
      const warmUp = message('s');
      await publisher.publish([warmUp]);
      await until('it hears', () => ears.heard.length === 1);
      ages.length = 0;
      ears.heard.length = 0;
      const begun = performance.now();
      // As a relay does: what has come meanwhile goes together.
      while (published.size < EVENTS) {
        const due = Math.min(Math.ceil(((performance.now() - begun) * RATE) / 1_000), EVENTS) - published.size;
        const batch = Array.from({ length: due }, (_, index) => message(`s-${index % 10}`));
        for (const { id } of batch) published.set(id, performance.now());
        await publisher.publish(batch);
        await sleep(5);
      }
      await until('all heard', () => ears.heard.length >= EVENTS);
      expect(new Set(ears.ids()).size).toBe(EVENTS);
      const sorted = ages.toSorted((a, b) => a - b);
      const [p50 = 0, p99 = 0] = [sorted[Math.floor(EVENTS / 2)], sorted[Math.floor(EVENTS * 0.99)]];
      process.stdout.write(`${name}: from publish to listener p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms\n`);
    }, 60_000);

    test('neither a listener that is stopped nor one that was killed holds up publishers, groups or other listeners, and none is left', async () => {
      const namespace = freshNamespace();
      const publisher = await open(namespace);
      const hanging = await Promise.all(
        [0, 1].map(async () => {
          const child = spawn(process.execPath, [LISTENER, JSON.stringify({ url: broker().url, subscriptions: {}, namespace, types: ALL })], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
          processes.push(child);
          await once(child.stdout, 'data');
          return child;
        }),
      );
      const beta = createRecorder();
      await publisher.subscribe({ group: 'beta', handle: beta.record });
      const ears = createEars();
      const listening = await publisher.listen(ears.options);
      hanging[0]?.kill('SIGSTOP');
      hanging[1]?.kill('SIGKILL');
      const text = 'x'.repeat(20_000);
      for (let batch = 0; batch < 20; batch++) await publisher.publish(Array.from({ length: 25 }, (_, index) => message(`s-${index}`, { text })));
      await until('the others have all', () => ears.heard.length >= 500 && beta.deliveries.length >= 500, 60_000);
      hanging[0]?.kill('SIGKILL');
      await listening.close();
      if (leftovers === undefined) return;
      await until('no listener is left', async () => (await leftovers.count(broker().url, namespace)) === leftovers.afterKill, 30_000);
    }, 120_000);

    test.runIf(Number.isFinite(keepsForSlow))(
      'a listener that took nothing for so long that events were dropped is told so',
      async () => {
        const namespace = freshNamespace();
        const publisher = await open(namespace);
        const types = [TYPES.unwanted];
        const child = spawn(process.execPath, [LISTENER, JSON.stringify({ url: broker().url, subscriptions: {}, namespace, types })], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        processes.push(child);
        let said = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          said += text;
        });
        await until('it listens', () => said.includes('listening'));
        child.kill('SIGSTOP');
        const text = 'x'.repeat(LARGE_BYTES);
        for (let sent = 0; sent < keepsForSlow; sent++) await publisher.publish([message('s', { text }, TYPES.unwanted)]);
        child.kill('SIGCONT');
        await until('it was told', () => said.includes('interrupted'), 60_000);
      },
      120_000,
    );

    test('when the broker goes away listeners are told, twice, and hear again by themselves', async ({ skip }) => {
      const { stop, start } = broker();
      if (stop === undefined || start === undefined) return skip('this broker is not ours to stop');
      const namespace = freshNamespace();
      const [publisher, listener] = [await open(namespace), await open(namespace, {})];
      const ears = createEars();
      const listening: Listening = await listener.listen(ears.options);
      const before = message('s');
      await publisher.publish([before]);
      await until('it hears', () => ears.ids().includes(before.id));
      await stop();
      try {
        await until('it was told', () => ears.interruptions.length >= 1, 30_000);
        expect(listening.isInterrupted()).toBe(true);
      } finally {
        await start();
      }
      await until('it goes on', () => !listening.isInterrupted(), 60_000);
      expect(ears.interruptions).toHaveLength(2);
      const after: string[] = [];
      const publishOne = async (): Promise<void> => {
        const one = message('s');
        await publisher.publish([one]).then(
          () => after.push(one.id),
          () => undefined,
        );
      };
      const isPublished = async (): Promise<boolean> => {
        await publishOne();
        return after.length > 0;
      };
      await until('a message can be published', isPublished, 60_000);
      await until('it was heard', () => after.every((id) => ears.ids().includes(id)));
    }, 180_000);
  });
};
