import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '@supergraph/service/process';
import { Webhook } from 'standardwebhooks';

const DEADLINE_MS = 15_000;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;
/** A day, nearly, at the longest wait. */
const MAX_ATTEMPTS = 17_000;
const REORDER_WINDOW_MS = 500;
const MAX_WAITING = 1_000;

/** The news of a callback, without its time. */
export interface News {
  type: 'payment.settled' | 'payment.failed' | 'payment.refunded';
  data: Readonly<Record<string, unknown>>;
}

export interface Sending {
  delayMs: number;
  repeat: number;
  reorder: boolean;
}

export interface CallbackSender {
  /** False while so many callbacks wait that another would be too much to remember. */
  hasRoom(): boolean;
  send(news: News, sending: Sending): void;
  /** Gives up what was not delivered. */
  close(): void;
}

export interface CallbackSenderOptions {
  url: string;
  secret: string;
  onFailure: (problem: string, id: string) => void;
}

interface Message {
  id: string;
  body: string;
}

/** Callbacks as Standard Webhooks has them: the id stays over all attempts, the time and with it the signature are of the attempt. */
export const createCallbackSender = ({ url, secret, onFailure }: CallbackSenderOptions): CallbackSender => {
  const signer = new Webhook(secret);
  const closing = new AbortController();
  const { signal } = closing;
  let waiting = 0;
  let held: (() => void)[] = [];

  const attempt = async ({ id, body }: Message): Promise<void> => {
    const now = new Date();
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
        'webhook-signature': signer.sign(id, now, body),
      },
      body,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`answer ${response.status}`);
  };

  const deliver = async (message: Message): Promise<void> => {
    for (let number = 1; number <= MAX_ATTEMPTS && !signal.aborted; number++) {
      try {
        return await attempt(message);
      } catch (error) {
        if (signal.aborted) return;
        onFailure(messageOf(error), message.id);
        await sleep(Math.min(FIRST_RETRY_MS * 2 ** Math.min(number - 1, 10), LONGEST_RETRY_MS), undefined, { signal }).catch(() => undefined);
      }
    }
  };

  /** Resolves when it is its turn: at once, or, newest first, with all that came in the same window. */
  const turn = (reorder: boolean): Promise<void> => {
    if (!reorder) return Promise.resolve();
    return new Promise((resolve) => {
      if (held.push(resolve) > 1) return;
      setTimeout(() => {
        const all = held.toReversed();
        held = [];
        // A head start each, or the network puts them in order again.
        for (const [index, go] of all.entries()) setTimeout(go, index * 10).unref();
      }, REORDER_WINDOW_MS).unref();
    });
  };

  const run = async (message: Message, { delayMs, repeat, reorder }: Sending): Promise<void> => {
    await sleep(delayMs, undefined, { signal });
    await turn(reorder);
    await Promise.all(Array.from({ length: repeat }, () => deliver(message)));
  };

  return {
    hasRoom: () => waiting < MAX_WAITING,
    send: ({ type, data }, sending) => {
      waiting += 1;
      const message = { id: `msg_${randomUUID()}`, body: JSON.stringify({ type, timestamp: new Date().toISOString(), data }) };
      run(message, sending)
        .catch(() => undefined)
        .finally(() => {
          waiting -= 1;
        });
    },
    close: () => closing.abort(),
  };
};
