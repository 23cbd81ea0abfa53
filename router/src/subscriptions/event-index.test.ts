import { describe, expect, it } from 'vitest';
import { createEventIndex } from './event-index.ts';
import { createLocalEvents } from './testing/local-events.ts';

const setUp = (lingerMs = 50) => {
  const events = createLocalEvents();
  const errors: unknown[] = [];
  const index = createEventIndex({ source: events, lingerMs, onError: (error) => void errors.push(error) });
  const told: string[] = [];
  const subscriber = (name: string) => ({
    onEvent: ({ type, subject }: { type: string; subject: string }) => void told.push(`${name} ${type} ${subject}`),
    onInterrupted: () => void told.push(`${name} interrupted`),
  });
  return { events, index, told, subscriber, errors };
};

describe('the index of subscribers', () => {
  it('listens once for each set of types, whatever its order, and a while longer than the last is interested', async () => {
    const { events, index, told, subscriber } = setUp();
    const ends = await Promise.all([
      index.subscribe({ types: ['b.v1', 'a.v1'], subject: '1' }, subscriber('one')),
      index.subscribe({ types: ['a.v1', 'b.v1'], subject: '2' }, subscriber('two')),
      index.subscribe({ types: ['a.v1', 'b.v1', 'a.v1'], subject: undefined }, subscriber('all')),
    ]);
    expect([...events.listeners].map(({ types }) => types)).toEqual([['a.v1', 'b.v1']]);
    events.publish('a.v1', '1');
    events.publish('b.v1', '3');
    events.publish('c.v1', '1');
    expect(told).toEqual(['one a.v1 1', 'all a.v1 1', 'all b.v1 3']);
    for (const end of ends) end();
    for (const end of ends) end();
    expect(events.listeners.size).toBe(1);
    const again = await index.subscribe({ types: ['a.v1', 'b.v1'], subject: '1' }, subscriber('again'));
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(events.listeners.size).toBe(1);
    again();
    await expect.poll(() => events.listeners.size).toBe(0);
  });

  it('tells everybody of an interruption, also those who leave while they are told', async () => {
    const { events, index, told, subscriber } = setUp();
    const ends: (() => void)[] = [];
    for (const name of ['one', 'two', 'three']) {
      const { onEvent } = subscriber(name);
      const onInterrupted = (): void => {
        told.push(name);
        for (const end of ends) end();
      };
      ends.push(await index.subscribe({ types: ['a.v1'], subject: '1' }, { onEvent, onInterrupted }));
    }
    events.interrupt();
    expect(told).toEqual(['one', 'two', 'three']);
    await index.close();
    expect(events.listeners.size).toBe(0);
  });

  it('refuses while the broker is away, and tries again with the next one', async () => {
    const { events, index, subscriber } = setUp();
    const listen = events.listen;
    events.listen = async () => Promise.reject(new Error('the broker is away'));
    const interest = { types: ['a.v1'], subject: '1' };
    await expect(index.subscribe(interest, subscriber('one'))).rejects.toMatchObject({ code: 'EVENTS_UNAVAILABLE' });
    events.listen = async (listener) => ({ ...(await listen(listener)), isInterrupted: () => true });
    await expect(index.subscribe(interest, subscriber('one'))).rejects.toMatchObject({ code: 'EVENTS_UNAVAILABLE' });
    await index.close();
    events.listen = listen;
    await index.subscribe(interest, subscriber('one'));
    expect(events.listeners.size).toBe(1);
    await index.close();
  });

  it('finds the one of 5,000 that an event concerns about as fast as the one of one', async () => {
    const measure = async (subscribers: number): Promise<number> => {
      const { events, index } = setUp();
      let told = 0;
      for (let at = 0; at < subscribers; at++)
        await index.subscribe({ types: ['a.v1'], subject: String(at) }, { onEvent: () => void told++, onInterrupted: () => undefined });
      const rounds = 20_000;
      const run = (): number => {
        const begun = process.cpuUsage();
        for (let at = 0; at < rounds; at++) events.publish('a.v1', at % 10 === 0 ? '0' : `nobody-${at}`);
        const { user, system } = process.cpuUsage(begun);
        return user + system;
      };
      run();
      const fastest = Math.min(run(), run(), run());
      expect(told).toBe((rounds / 10) * 4);
      await index.close();
      return fastest / rounds;
    };
    const [few, many] = [await measure(1), await measure(5_000)];
    // A walk over all of them takes 100 times as long.
    expect(many).toBeLessThan(few * 5 + 2);
  });
});
