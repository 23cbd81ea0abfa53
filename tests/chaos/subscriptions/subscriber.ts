import { setTimeout as sleep } from 'node:timers/promises';
import { openStream, type StreamKind, type StreamResult } from '../../stream-client.ts';
import type { Random } from '../random.ts';
import type { House } from './house.ts';

/** What a page does that shows an order: subscribes, asks for the order, and does both again whenever it is told that the subscription ended. */
export interface Subscriber {
  number: string;
  kind: StreamKind;
  isOpen(): boolean;
  /** The newest total that it knows, by asking or by an event. */
  known(): number;
  /** The newest that came by an event. */
  heard(): number;
  /** How often its subscription was taken, and ended, and why. */
  opened(): number;
  ends: readonly string[];
  /** Answers to another's order. */
  strays(): number;
  stop(): Promise<void>;
}

const SUBSCRIPTION = 'subscription ($number: String!) { order: orderStatusChanged(number: $number) { number total { amount } } }';
const QUERY = 'query ($number: String!) { order(number: $number) { number total { amount } } }';
const ASK_DEADLINE_MS = 10_000;
const AGAIN_MS = 300;
/** Over WebSocket nothing tells that the server listens: by then it does. */
const LISTENS_AFTER_MS = [500, 3_000];

interface Order {
  number: string;
  total: { amount: number };
}

const orderIn = ({ data, errors }: StreamResult): Order | undefined => (errors === undefined ? (data?.['order'] as Order | undefined) : undefined);

/** The code in how a subscription ended, or how it ended. */
const reasonOf = (end: string): string => /"code":"(\w+)"/.exec(end)?.[1] ?? (/ECONN\w+|closed with \d+|answered with \d+/.exec(end)?.[0] || end);

export const startSubscriber = ({ url, token }: Pick<House, 'url' | 'token'>, number: string, kind: StreamKind, random: Random): Subscriber => {
  const stopping = new AbortController();
  const ends: string[] = [];
  let [known, heard, opened, strays] = [-1, -1, 0, 0];
  let isOpen = false;

  const pause = (milliseconds: number): Promise<void> => sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined);

  const ask = async (): Promise<void> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(ASK_DEADLINE_MS)]);
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: QUERY, variables: { number } }), signal });
    const order = orderIn((await response.json()) as StreamResult);
    if (order === undefined) throw new Error('no order');
    known = Math.max(known, order.total.amount);
  };

  /** What went wrong with one answer is asked for anew until it is there, or the subscription has ended. */
  const askUntilKnown = async (isOver: () => boolean): Promise<void> => {
    while (!isOver() && !stopping.signal.aborted) {
      try {
        return await ask();
      } catch {
        await pause(AGAIN_MS);
      }
    }
  };

  const subscribeOnce = async (): Promise<void> => {
    const over = Promise.withResolvers<void>();
    let isOver = false;
    let lastCode: string | undefined;
    const end = (reason: string | undefined): void => {
      if (isOver) return;
      isOver = true;
      isOpen = false;
      if (reason !== undefined) ends.push(reason === 'complete' ? (lastCode ?? reason) : reasonOf(reason));
      over.resolve();
    };
    const onNext = (result: StreamResult): void => {
      const order = orderIn(result);
      if (order === undefined) {
        // What changed could not be fetched; or it tells, as server-sent events do, why the stream ends.
        lastCode = result.errors?.[0]?.extensions?.code;
        void askUntilKnown(() => isOver);
        return;
      }
      if (order.number !== number) strays++;
      heard = Math.max(heard, order.total.amount);
      known = Math.max(known, heard);
    };
    const stream = openStream(kind, { url, query: SUBSCRIPTION, variables: { number }, token }, { onNext, onEnd: end });
    stopping.signal.addEventListener('abort', () => end(undefined), { once: true });
    await Promise.race([stream.opened, over.promise]);
    if (!isOver) {
      isOpen = true;
      opened++;
      void askUntilKnown(() => isOver);
      if (kind === 'graphql-ws') for (const delay of LISTENS_AFTER_MS) void sleep(delay).then(() => askUntilKnown(() => isOver));
    }
    await over.promise;
    stream.close();
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await subscribeOnce();
      await pause(random.between(AGAIN_MS / 3, AGAIN_MS * 2));
    }
  };
  const running = run();

  return {
    number,
    kind,
    isOpen: () => isOpen,
    known: () => known,
    heard: () => heard,
    opened: () => opened,
    ends,
    strays: () => strays,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};
