import type { Redis } from 'ioredis';
import type { DeadLetter } from '../message-bus.ts';
import { parseEnvelope } from '../parse-envelope.ts';

/** A message that this process took. */
export interface TakenEntry {
  id: string;
  /** The event's JSON; empty when somebody else wrote the entry. */
  json: string;
  /** 1 for the first time it is handled. */
  attempt: number;
}

/** A group's messages: a stream of what is to be done, a sorted set of what waits for its retry, a stream of dead letters. */
export interface RedisQueue {
  stream: string;
  /** Makes the consumer group, from the oldest entry on, and forgets members of it that died long ago. */
  prepare(): Promise<void>;
  /** Waits up to `blockMs` for new entries. `reader` is a connection that does nothing else. */
  take(reader: Redis, count: number, blockMs: number): Promise<TakenEntry[]>;
  /** Takes over what other processes, or this one, left silent for `visibilityMs`. */
  takeOver(count: number): Promise<TakenEntry[]>;
  /** Tells that they are still being handled here. */
  extend(ids: readonly string[]): Promise<void>;
  finish(ids: readonly string[]): Promise<void>;
  retry(entry: TakenEntry, afterMs: number): Promise<void>;
  park(entry: TakenEntry, attempts: number, reason: string): Promise<void>;
  /** Lets others have them at once; `isAttempt` tells whether they were begun. */
  giveBack(ids: readonly string[], isAttempt: boolean): Promise<void>;
  /** Moves due retries to the end of the stream. */
  promote(): Promise<void>;
  /** Ends this process's membership. */
  leave(): Promise<void>;
  deadLetters(limit: number): Promise<DeadLetter[]>;
}

type Entry = [id: string, fields: string[] | null];

// Everything a script does happens at once: a message is never in two places, nor in none.
const NOW = `local time = redis.call('TIME') local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

const TAKE_OVER = `
local taken = {}
for _, pending in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[3], '-', '+', ARGV[4])) do
  local claimed = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], pending[1])
  if #claimed > 0 then taken[#taken + 1] = { claimed[1][1], claimed[1][2], pending[4] + 1 } end
end
return taken`;

const EXTEND = `
for index = 3, #ARGV do
  if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[index], ARGV[index], 1, ARGV[2]) > 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[index], 'JUSTID')
  end
end`;

const GIVE_BACK = `
for index = 5, #ARGV do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[index], ARGV[index], 1, ARGV[2])[1]
  if pending then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[index], 'IDLE', ARGV[3], 'RETRYCOUNT', pending[4] - ARGV[4], 'JUSTID')
  end
end`;

const RETRY = `
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return end
redis.call('XDEL', KEYS[1], ARGV[2])
${NOW}
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[2] .. ' ' .. ARGV[4] .. ' ' .. ARGV[5])`;

const PROMOTE = `
${NOW}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do
  local attempts, event = string.match(member, '^%S+ (%d+) (.*)$')
  redis.call('XADD', KEYS[1], '*', 'event', event, 'attempts', attempts)
  redis.call('ZREM', KEYS[2], member)
end`;

const PARK = `
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return end
redis.call('XDEL', KEYS[1], ARGV[2])
redis.call('XADD', KEYS[2], '*', 'event', ARGV[3], 'attempts', ARGV[4], 'reason', ARGV[5])`;

// One that still lives makes itself anew with its next read.
const FORGET = `
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for index = 1, #fields, 2 do consumer[fields[index]] = fields[index + 1] end
  if consumer.pending == 0 and (consumer.name == ARGV[2] or consumer.idle > tonumber(ARGV[3])) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
  end
end`;

const FORGOTTEN_AFTER_MS = 3_600_000;

const fieldOf = (fields: readonly string[] | null, name: string): string | undefined => {
  const index = fields?.findIndex((field, position) => position % 2 === 0 && field === name) ?? -1;
  return index < 0 ? undefined : fields?.[index + 1];
};

const toTaken = ([id, fields]: Entry, deliveries: number): TakenEntry => ({
  id,
  json: fieldOf(fields, 'event') ?? '',
  attempt: Number(fieldOf(fields, 'attempts') ?? 0) + deliveries,
});

const toDeadLetter = ([, fields]: Entry): DeadLetter[] => {
  const envelope = parseEnvelope(fieldOf(fields, 'event') ?? '');
  return envelope === undefined ? [] : [{ envelope, attempts: Number(fieldOf(fields, 'attempts')), reason: fieldOf(fields, 'reason') ?? '' }];
};

const isExisting = (error: Error): boolean => error.message.startsWith('BUSYGROUP');

/** Braces keep a group's keys on one node of a cluster. */
export const streamOf = (namespace: string, group: string): string => `{${namespace}:${group}}:events`;

/** `consumer` is this process's name in the group. */
export const createRedisQueue = (redis: Redis, namespace: string, group: string, consumer: string, visibilityMs: number): RedisQueue => {
  const stream = streamOf(namespace, group);
  const waiting = `{${namespace}:${group}}:retries`;
  const dead = `{${namespace}:${group}}:dead-letters`;
  const run = (script: string, keys: string[], ...values: (string | number)[]): Promise<unknown> =>
    redis.eval(script, keys.length, ...keys, group, ...values);
  const forget = async (name: string): Promise<void> => void (await run(FORGET, [stream], name, FORGOTTEN_AFTER_MS));

  return {
    stream,
    prepare: async () => {
      await redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM').catch((error: Error) => {
        if (!isExisting(error)) throw error;
      });
      await forget('');
    },
    take: async (reader, count, blockMs) => {
      const answer = await reader.xreadgroup('GROUP', group, consumer, 'COUNT', count, 'BLOCK', blockMs, 'STREAMS', stream, '>');
      const [read] = (answer ?? []) as [stream: string, entries: Entry[]][];
      return (read?.[1] ?? []).map((entry) => toTaken(entry, 1));
    },
    takeOver: async (count) => {
      const taken = (await run(TAKE_OVER, [stream], consumer, visibilityMs, count)) as [...Entry, deliveries: number][];
      return taken.map(([id, fields, deliveries]) => toTaken([id, fields], deliveries));
    },
    extend: async (ids) => void (await run(EXTEND, [stream], consumer, ...ids)),
    finish: async (ids) => {
      const answers = await redis
        .pipeline()
        .xack(stream, group, ...ids)
        .xdel(stream, ...ids)
        .exec();
      const failed = answers?.find(([error]) => error !== null);
      if (failed !== undefined) throw failed[0];
    },
    retry: async ({ id, attempt, json }, afterMs) => void (await run(RETRY, [stream, waiting], id, afterMs, attempt, json)),
    park: async ({ id, json }, attempts, reason) => void (await run(PARK, [stream, dead], id, json, attempts, reason)),
    giveBack: async (ids, isAttempt) => void (await run(GIVE_BACK, [stream], consumer, visibilityMs, isAttempt ? 0 : 1, ...ids)),
    promote: async () => void (await run(PROMOTE, [stream, waiting])),
    leave: () => forget(consumer),
    deadLetters: async (limit) => ((await redis.xrange(dead, '-', '+', 'COUNT', limit)) as Entry[]).flatMap(toDeadLetter),
  };
};
