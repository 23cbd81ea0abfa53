import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Envelope } from '@supergraph/events/envelope';
import type { Delivery } from '../message-bus.ts';

/** Types of the suite's own, so that no test depends on the business. */
export const TYPES = { ping: 'test.ping.v1', pong: 'test.pong.v1', unwanted: 'test.unwanted.v1' };
export const SUBSCRIPTIONS = { alpha: [TYPES.ping, TYPES.pong], beta: [TYPES.ping] };

export const message = (subject: string, data: Envelope['data'] = {}, type: string = TYPES.ping): Envelope => ({
  specversion: '1.0',
  id: randomUUID(),
  source: 'test',
  type,
  subject,
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  data,
});

/** Collects deliveries and lets a test wait for them. */
export const createRecorder = () => {
  const deliveries: Delivery[] = [];
  return {
    deliveries,
    record: async (delivery: Delivery): Promise<void> => void deliveries.push(delivery),
    ids: (): string[] => deliveries.map(({ envelope }) => envelope.id),
  };
};

/** Waits until `holds`, at most `deadlineMs`. */
export const until = async (what: string, holds: () => boolean | Promise<boolean>, deadlineMs = 20_000): Promise<void> => {
  const deadline = Date.now() + deadlineMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(20);
  }
};
