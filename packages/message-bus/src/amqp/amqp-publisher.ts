import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Channel, Connection, type HeaderFields } from 'rabbitmq-client';
import { settledWithin, within } from '../deadline.ts';
import { busUnavailable } from '../errors.ts';
import type { AmqpTopology } from './amqp-topology.ts';

export interface OutgoingMessage {
  exchange: string;
  routingKey: string;
  body: Buffer;
  headers?: Record<string, string | number>;
  /** How long it lies in a delay queue, in milliseconds. */
  delayMs?: number;
  /** False where no queue need take it; default true. */
  mandatory?: boolean;
}

/** For whoever happens to listen. */
export type ToldMessage = Pick<OutgoingMessage, 'exchange' | 'routingKey' | 'body'>;

export interface AmqpPublisher {
  /** Waits for the connection and makes everything on the broker. @throws BUS_UNAVAILABLE */
  connect(): Promise<void>;
  /**
   * Resolves when the broker has every message safely in its queues. What is `told` goes out before them, unconfirmed.
   * @throws BUS_UNAVAILABLE after at most 5 s.
   */
  send(messages: readonly OutgoingMessage[], told?: readonly ToldMessage[]): Promise<void>;
  /** The oldest messages of a queue, which stay there. */
  peek(queue: string, limit: number): Promise<{ body: Buffer; headers: Record<string, unknown> }[]>;
  readiness(): Promise<string | undefined>;
  close(): Promise<void>;
}

interface Session {
  channel: Channel;
  /** Without confirms, so that listeners cost groups no wait, and a listener that dies makes the broker refuse nothing. */
  telling: Channel;
  /** Numbers of messages that no queue took. */
  returned: Set<string>;
}

const DEADLINE_MS = 5_000;
const READINESS_DEADLINE_MS = 2_000;
const CLOSE_DEADLINE_MS = 300;
const CONTENT_TYPE = 'application/cloudevents+json';
const MAX_FRAME_BYTES = 131_072;

/** Connects, and connects again whenever the connection is lost, for as long as it is not closed. */
export const createAmqpConnection = (url: string, connectionName: string, visibilityMs: number, onError: (error: unknown) => void): Connection => {
  // The broker gives a silent process's messages to others after two heartbeats without a sign of life.
  const heartbeat = Math.max(5, Math.round(visibilityMs / 2_000));
  const connection = new Connection({
    url,
    connectionName,
    heartbeat,
    frameMax: MAX_FRAME_BYTES,
    acquireTimeout: DEADLINE_MS,
    connectionTimeout: DEADLINE_MS,
    retryLow: 200,
    retryHigh: 5_000,
    noDelay: true,
  });
  connection.on('error', onError);
  return connection;
};

/** Says good-bye where the broker listens, and otherwise hangs up. */
export const closeAmqpConnection = async (connection: Connection): Promise<void> => {
  await settledWithin(CLOSE_DEADLINE_MS, connection.close());
  connection.unsafeDestroy();
};

/**
 * Publishes to groups over one channel with confirms, which makes the topology before its first message. A message that comes back,
 * because its queue is gone, is an error, and makes the next attempt declare everything again.
 */
export const createAmqpPublisher = (connection: Connection, topology: AmqpTopology): AmqpPublisher => {
  let session: Promise<Session> | undefined;
  let count = 0;

  const prepare = async (channel: Channel): Promise<Session> => {
    const returned = new Set<string>();
    channel.on('error', () => undefined);
    let telling: Channel | undefined;
    channel.on('basic.return', ({ messageId = '' }) => void returned.add(messageId));
    try {
      await topology.declare(channel);
      await channel.confirmSelect();
      telling = await connection.acquire({ emitErrorsFromChannel: true });
      telling.on('error', () => undefined);
      return { channel, telling, returned };
    } catch (error) {
      void channel.close();
      void telling?.close();
      throw error;
    }
  };

  const forget = (gone = session): void => {
    if (gone !== session) return;
    session = undefined;
    void gone?.then(({ channel, telling }) => Promise.all([channel.close(), telling.close()])).catch(() => undefined);
  };

  const open = (): Promise<Session> => {
    if (session !== undefined) return session;
    const opened = connection.acquire({ emitErrorsFromChannel: true }).then(prepare);
    session = opened;
    opened.then(
      ({ channel, telling }) => {
        for (const each of [channel, telling]) each.once('close', () => forget(opened));
      },
      () => forget(opened),
    );
    return opened;
  };

  const sendAll = async (messages: readonly OutgoingMessage[], told: readonly ToldMessage[]): Promise<void> => {
    const { channel, telling, returned } = await open();
    // First: one connection is read in order, so a confirm means that the broker has read these too.
    await Promise.all(told.map(({ body, ...message }) => telling.basicPublish({ contentType: CONTENT_TYPE, ...message }, body)));
    const sent = messages.map(({ body, delayMs, ...message }) => {
      const messageId = String(count++);
      const expiry: HeaderFields = delayMs === undefined ? {} : { expiration: String(delayMs) };
      const options = { durable: true, mandatory: true, contentType: CONTENT_TYPE, messageId, ...expiry, ...message };
      return channel.basicPublish(options, body).then(() => messageId);
    });
    const ids = await Promise.all(sent);
    // The client tells of a return one turn of the event loop after the confirm that follows it.
    await nextTurn();
    const lost = ids.filter((id) => returned.delete(id)).length;
    if (lost > 0) throw new Error(`${lost} messages found no queue`);
  };

  const guarded = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
    if (!connection.ready) throw busUnavailable(new Error('not connected to RabbitMQ, or it takes no messages at the moment'));
    try {
      return await within(DEADLINE_MS, what, work());
    } catch (error) {
      forget();
      throw busUnavailable(error);
    }
  };

  const peek: AmqpPublisher['peek'] = async (queue, limit) => {
    const channel = await connection.acquire({ emitErrorsFromChannel: true });
    channel.on('error', () => undefined);
    const messages: { body: Buffer; headers: Record<string, unknown> }[] = [];
    try {
      while (messages.length < limit) {
        const message = await channel.basicGet({ queue });
        if (message === undefined) break;
        messages.push({ body: message.body, headers: message.headers ?? {} });
      }
      if (messages.length > 0) channel.basicNack({ deliveryTag: 0, multiple: true, requeue: true });
    } finally {
      await channel.close();
    }
    return messages;
  };

  return {
    connect: async () => {
      await connection.onConnect(DEADLINE_MS, true).catch((error: Error) => {
        throw busUnavailable(error.cause ?? error);
      });
      await guarded('preparing the queues', open);
    },
    send: (messages, told = []) => guarded('publishing', () => sendAll(messages, told)),
    peek: (queue, limit) => guarded('reading dead letters', () => peek(queue, limit)),
    readiness: async () => {
      if (!connection.ready) return 'message bus: not connected to RabbitMQ, or it takes no messages at the moment';
      try {
        const ask = open().then(({ channel }) => channel.exchangeDeclare({ exchange: topology.exchange, passive: true }));
        await within(READINESS_DEADLINE_MS, 'RabbitMQ', ask);
        return undefined;
      } catch (error) {
        return `message bus: ${(error as Error).message}`;
      }
    },
    close: async () => {
      forget();
      await closeAmqpConnection(connection);
    },
  };
};
