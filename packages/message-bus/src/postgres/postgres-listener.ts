import type { Database } from '@supergraph/database/database';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/** As much of a client of the pool as is needed here. */
interface Session {
  query(text: string): Promise<{ rows: object[] }>;
}

export interface Listener {
  /** Runs a statement in the session that listens. @returns its first row; nothing while there is no session. */
  ask<Row extends object>(text: string): Promise<Row | undefined>;
  close(): void;
}

/**
 * LISTENs on a channel with a connection of its own, and connects again when it is lost. NOTIFY only makes things quick:
 * what is told while nobody listens is found by the consumer's own looking.
 */
export const listenForMessages = (
  database: Database,
  channel: string,
  onNotify: () => void,
  onError: (error: unknown, what: string) => void,
): Listener => {
  let isClosed = false;
  let session: Session | undefined;
  let release: ((destroy: boolean) => void) | undefined;
  let timer: NodeJS.Timeout | undefined;

  const connect = async (waitMs: number): Promise<void> => {
    try {
      const client = await database.pool.connect();
      let isReleased = false;
      release = (destroy) => {
        if (isReleased) return;
        isReleased = true;
        session = undefined;
        client.release(destroy);
      };
      const lost = (error?: unknown): void => {
        release?.(true);
        if (isClosed) return;
        onError(error ?? new Error('the connection was closed'), 'listening for messages');
        again(FIRST_RETRY_MS);
      };
      client.once('error', lost);
      client.once('end', () => lost());
      client.on('notification', onNotify);
      await client.query(`listen ${channel}`);
      session = client;
      onNotify();
      if (isClosed) release(true);
    } catch (error) {
      release?.(true);
      if (isClosed) return;
      onError(error, 'listening for messages');
      again(Math.min(waitMs * 2, LONGEST_RETRY_MS));
    }
  };
  const again = (waitMs: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void connect(waitMs), waitMs);
  };
  void connect(FIRST_RETRY_MS);
  return {
    ask: async <Row extends object>(text: string) => (await session?.query(text))?.rows[0] as Row | undefined,
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      release?.(true);
    },
  };
};
