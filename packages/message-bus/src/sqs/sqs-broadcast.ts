import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { MAX_EVENT_BYTES } from '@supergraph/events/envelope';
import { within } from '../deadline.ts';
import type { SqsAudience } from './sqs-audience.ts';
import { isQueueMissing, toSqsBody } from './sqs-client.ts';

/** Publishers wait for listeners no longer than this. */
const DEADLINE_MS = 1_000;
/** Without the right to list queues nothing but the listeners' news is missing, and every publish would say so. */
const COMPLAIN_EVERY_MS = 60_000;
// JSON holds no line break outside of its strings, and `JSON.stringify` escapes those.
const SEPARATOR = '\n';
/** The message that tells that others did not come. */
export const MISSED = 'missed';

export const readLines = (body: string): string[] => body.split(SEPARATOR);

/** As few messages as may be: each is a request to each listener's queue. */
const toBodies = (jsons: readonly string[]): string[] => {
  const bodies: string[] = [];
  let room = 0;
  for (const json of jsons) {
    const line = toSqsBody(json);
    const bytes = Buffer.byteLength(line) + SEPARATOR.length;
    if (bytes <= room) bodies[bodies.length - 1] += SEPARATOR + line;
    else {
      bodies.push(line);
      room = MAX_EVENT_BYTES + SEPARATOR.length;
    }
    room -= bytes;
  }
  return bodies;
};

/**
 * Sends events to every listener's queue. Never rejects: a listener who does not get them is told so when that is possible again,
 * unless this process ends before.
 */
export const createSqsBroadcast = (client: SQSClient, audience: SqsAudience, onError: (error: unknown, what: string) => void) => {
  const owed = new Set<string>();
  let isEverybodyOwed = false;
  let complainedAt = Number.NEGATIVE_INFINITY;

  const complain = (error: unknown): void => {
    const now = performance.now();
    if (now - complainedAt < COMPLAIN_EVERY_MS) return;
    complainedAt = now;
    onError(error, 'finding listeners');
  };

  const sendAll = async (queue: string, bodies: readonly string[], abortSignal: AbortSignal): Promise<void> => {
    const send = (body: string) => client.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: body }), { abortSignal });
    if (owed.has(queue)) await send(MISSED);
    owed.delete(queue);
    for (const body of bodies) await send(body);
  };

  const sendTo = async (queue: string, bodies: readonly string[], abortSignal: AbortSignal): Promise<void> => {
    try {
      await sendAll(queue, bodies, abortSignal);
    } catch (error) {
      if (isQueueMissing(error)) {
        owed.delete(queue);
        audience.forget(queue);
        return;
      }
      owed.add(queue);
      onError(error, 'telling listeners');
    }
  };

  const bringUpToDate = (queues: readonly string[]): void => {
    for (const queue of owed) if (!queues.includes(queue)) owed.delete(queue);
    if (isEverybodyOwed) for (const queue of queues) owed.add(queue);
    isEverybodyOwed = false;
  };

  return async (jsons: readonly string[]): Promise<void> => {
    const abortSignal = AbortSignal.timeout(DEADLINE_MS);
    try {
      const queues = await within(DEADLINE_MS, 'the queues of listeners', audience.find());
      bringUpToDate(queues);
      if (queues.length === 0) return;
      const bodies = toBodies(jsons);
      await Promise.all(queues.map((queue) => sendTo(queue, bodies, abortSignal)));
    } catch (error) {
      isEverybodyOwed = true;
      complain(error);
    }
  };
};
