import { setTimeout as sleep } from 'node:timers/promises';
import type { AsyncMessage, Channel, Connection } from 'rabbitmq-client';
import { settledWithin, within } from '../deadline.ts';
import { busUnavailable } from '../errors.ts';
import { createLane, createPlaces, type Lane, type Places } from '../lane.ts';
import { type AmqpTopology, PARTITIONS } from './amqp-topology.ts';

/** What becomes of a message: it is acknowledged, or returned to the front of its queue. */
export type Settle = 'acknowledge' | 'return';

export interface AmqpConsumerOptions {
  connection: Connection;
  topology: AmqpTopology;
  group: string;
  concurrency: number;
  /** Never rejects. */
  handle: (message: AsyncMessage, queue: string) => Promise<Settle>;
  subjectOf: (message: AsyncMessage) => string;
  onError: (error: unknown, what: string) => void;
}

interface Partition {
  /** True once the broker has sent this process a message of it: the broker then sends to nobody else. */
  isActive(): boolean;
  running(): number;
  /** Finishes what runs, then goes to the end of the line of processes that want this partition. */
  surrender(): void;
  /** Starts nothing more; resolves when what runs has ended and the rest was given back. */
  stop(): Promise<void>;
  /** Gives back also what runs. */
  abandon(): void;
}

const START_DEADLINE_MS = 5_000;
const LOOK_EVERY_MS = 500;
const CLOSE_DEADLINE_MS = 300;

const backOff = (failures: number): Promise<void> =>
  sleep(Math.min(200 * 2 ** failures, 5_000) * (0.5 + Math.random() / 2), undefined, { ref: false });

const settle = (channel: Channel, deliveryTag: number, how: Settle): void => {
  // On a lost channel there is nothing to settle: the broker delivers the message again.
  if (!channel.active) return;
  if (how === 'acknowledge') channel.basicAck({ deliveryTag });
  else channel.basicNack({ deliveryTag, requeue: true });
};

const consumePartition = (options: AmqpConsumerOptions, partition: number, places: Places, onStart: () => void): Partition => {
  const { connection, topology, group, concurrency, handle, subjectOf, onError } = options;
  const queue = topology.queue(group, partition);
  // Half of the partitions are enough to fill every place.
  const prefetchCount = Math.max(2, Math.ceil((concurrency * 2) / PARTITIONS));
  let lane: Lane = createLane(places);
  let current: Channel | undefined;
  let isActive = false;
  let isStopping = false;
  let leave: () => void = () => undefined;

  const listen = async (channel: Channel): Promise<void> => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    leave = resolve;
    channel.on('error', (error) => onError(error, `consuming ${queue}`));
    channel.once('close', resolve);
    channel.once('basic.cancel', () => resolve());
    await topology.declareQueue(channel, group, partition);
    await channel.basicQos({ prefetchCount });
    await channel.basicConsume({ queue }, (message) => {
      isActive = true;
      lane.add(subjectOf(message), async () => settle(channel, message.deliveryTag, await handle(message, queue)));
    });
    onStart();
    await ended;
  };

  const session = async (): Promise<void> => {
    const channel = await connection.acquire({ emitErrorsFromChannel: true });
    current = channel;
    isActive = false;
    lane = createLane(places);
    try {
      if (!isStopping) await listen(channel);
    } finally {
      await lane.stop();
      // Closing hands over the queue and what was not started, in order, in one step; cancelling first would not.
      await channel.close();
    }
  };

  /** @returns whether the next may begin at once. */
  const attemptSession = async (): Promise<boolean> => {
    try {
      await session();
      return connection.ready;
    } catch (error) {
      // Of a lost connection its owner tells.
      if (connection.ready && !isStopping) onError(error, `consuming ${queue}`);
      return false;
    }
  };

  const run = async (): Promise<void> => {
    for (let failures = 0; !isStopping; ) {
      failures = (await attemptSession()) ? 0 : failures + 1;
      if (failures > 0 && !isStopping) await backOff(failures);
    }
  };
  const ended = run();

  return {
    isActive: () => isActive,
    running: () => lane.running(),
    surrender: () => leave(),
    stop: async () => {
      isStopping = true;
      leave();
      await ended;
    },
    abandon: () => void current?.close(),
  };
};

/** The partitions that a process gives up when it has more than its share, least busy first. */
const surplus = (partitions: readonly Partition[], members: number): Partition[] => {
  const share = Math.ceil(PARTITIONS / Math.max(members, 1));
  const active = partitions.filter((partition) => partition.isActive()).toSorted((a, b) => a.running() - b.running());
  return active.slice(0, Math.max(0, active.length - share));
};

/**
 * Reads the partitions of a group's messages. The broker lets one process at a time read a partition, the first that asked;
 * each process counts the group's members and gives up what is more than its share to the next in line.
 */
export const startAmqpConsumer = async (options: AmqpConsumerOptions): Promise<{ drain(deadlineMs: number): Promise<void> }> => {
  const { connection, topology, group, concurrency, onError } = options;
  const places = createPlaces(concurrency);
  const stopping = new AbortController();
  const started = Array.from({ length: PARTITIONS }, () => Promise.withResolvers<void>());
  const partitions = started.map(({ resolve }, partition) => consumePartition(options, partition, places, resolve));

  const share = async (): Promise<void> => {
    const channel = await connection.acquire({ emitErrorsFromChannel: true });
    channel.on('error', (error) => onError(error, `sharing ${group}`));
    try {
      await topology.declareMembers(channel, group);
      await channel.basicConsume({ queue: topology.members(group), noAck: true }, () => undefined);
      while (!stopping.signal.aborted) {
        for (const partition of surplus(partitions, await topology.declareMembers(channel, group))) partition.surrender();
        await sleep(LOOK_EVERY_MS, undefined, { ref: false, signal: stopping.signal });
      }
    } finally {
      await channel.close();
    }
  };

  const keepSharing = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await share().catch((error: unknown) => {
        if (connection.ready && !stopping.signal.aborted) onError(error, `sharing ${group}`);
      });
      if (!stopping.signal.aborted) await backOff(2);
    }
  };
  const sharing = keepSharing();

  const drain = async (deadlineMs: number): Promise<void> => {
    stopping.abort();
    await settledWithin(deadlineMs, Promise.all(partitions.map((partition) => partition.stop())));
    for (const partition of partitions) partition.abandon();
    await settledWithin(CLOSE_DEADLINE_MS, sharing);
  };

  try {
    await within(START_DEADLINE_MS, `consuming ${group}`, Promise.all(started.map(({ promise }) => promise)));
  } catch (error) {
    await drain(0);
    throw busUnavailable(error);
  }
  return { drain };
};
