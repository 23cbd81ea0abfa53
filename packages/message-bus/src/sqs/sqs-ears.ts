import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { ConnectEars, Ears } from '../keep-listening.ts';
import { parseEnvelope } from '../parse-envelope.ts';
import { RENEW_EVERY_MS, SETTLE_MS, type SqsAudience } from './sqs-audience.ts';
import { MISSED, readLines } from './sqs-broadcast.ts';
import { MAX_BATCH } from './sqs-client.ts';

const WAIT_S = 10;
const RECEIVE_DEADLINE_MS = 14_000;
const DELETE_DEADLINE_MS = 4_000;

const hearMessage = ({ Body: body = '' }: Message, { hear, lost }: Ears): void => {
  if (body === MISSED) lost(new Error('a publisher could not reach this listener'));
  else for (const line of readLines(body)) hear(parseEnvelope(line));
};

/** A queue of its own, deleted in the end. Nothing here keeps the order of a subject: that would cost a request more an event. */
export const connectSqsEars =
  (client: SQSClient, audience: SqsAudience): ConnectEars =>
  async (ears, signal) => {
    const queue = await audience.join();
    const over = new AbortController();
    const stopped = AbortSignal.any([signal, over.signal]);
    const renewing = setInterval(() => void audience.renew(queue).catch(ears.lost), RENEW_EVERY_MS);

    const forget = (messages: readonly Message[]): void => {
      const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      const deleted = new DeleteMessageBatchCommand({ QueueUrl: queue, Entries });
      client.send(deleted, { abortSignal: AbortSignal.timeout(DELETE_DEADLINE_MS) }).catch(ears.lost);
    };

    const receive = async (): Promise<void> => {
      while (!stopped.aborted) {
        const asked = new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: MAX_BATCH, WaitTimeSeconds: WAIT_S });
        const abortSignal = AbortSignal.any([stopped, AbortSignal.timeout(RECEIVE_DEADLINE_MS)]);
        const { Messages = [] } = await client.send(asked, { abortSignal });
        for (const message of Messages) hearMessage(message, ears);
        if (Messages.length > 0) forget(Messages);
      }
    };
    const receiving = receive().catch(ears.lost);

    const release = async (): Promise<void> => {
      clearInterval(renewing);
      over.abort();
      await receiving;
      await audience.leave(queue);
    };
    try {
      await sleep(SETTLE_MS, undefined, { signal });
    } catch (error) {
      await release();
      throw error;
    }
    return release;
  };
