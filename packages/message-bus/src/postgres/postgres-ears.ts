import type { Database } from '@supergraph/database/database';
import type { ConnectEars } from '../keep-listening.ts';
import { parseEnvelope } from '../parse-envelope.ts';
import type { PostgresQueue } from './postgres-queue.ts';

const HEARTBEAT_MS = 5_000;

/** A notification's head: its event's place in the batch, and how many parts follow this one. They come one after the other. */
const HEAD = /^\d+\/(\d+) /;

/** Puts together the events that notifications bring, one or a part of one each. */
const createAssembly = (onEvent: (json: string) => void) => {
  let parts = '';
  return (payload: string): void => {
    const [head = '', rest] = HEAD.exec(payload) ?? [];
    parts += payload.slice(head.length);
    if (rest !== '0') return;
    const json = parts;
    parts = '';
    onEvent(json);
  };
};

/**
 * LISTENs in a session that also holds the lock by which publishers know that somebody listens. Both end with the session:
 * nothing is left behind. A frozen process's session ends by the server's `tcp_user_timeout`, because what one session has not
 * read is kept for it.
 */
export const connectPostgresEars =
  (database: Database, queue: PostgresQueue): ConnectEars =>
  async ({ hear, lost }) => {
    const client = await database.pool.connect();
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      clearInterval(heartbeat);
      client.release(true);
    };
    const assemble = createAssembly((json) => hear(parseEnvelope(json)));
    client.on('notification', ({ payload = '' }) => assemble(payload));
    client.once('error', lost);
    client.once('end', () => lost(new Error('the connection was closed')));
    const heartbeat = setInterval(() => void client.query('select 1').catch(lost), HEARTBEAT_MS);
    try {
      await client.query(queue.listen);
    } catch (error) {
      release();
      throw error;
    }
    return release;
  };
