import type { Envelope } from '@supergraph/events/envelope';
import type { Redis } from 'ioredis';
import type { ConnectEars } from '../keep-listening.ts';
import { parseEnvelope } from '../parse-envelope.ts';

const HEARTBEAT_MS = 4_000;

/**
 * Subscribes to channels, over a connection of its own. The server cuts off who reads too slowly
 * (`client-output-buffer-limit pubsub`), which is how a listener learns that it has missed something.
 */
export const connectRedisEars =
  (connect: () => Promise<Redis>, channels: readonly string[], read: (message: string) => readonly (Envelope | undefined)[]): ConnectEars =>
  async ({ hear, lost }) => {
    const redis = await connect();
    const heartbeat = setInterval(() => void redis.ping().catch(lost), HEARTBEAT_MS);
    const release = (): void => {
      clearInterval(heartbeat);
      redis.disconnect();
    };
    redis.once('close', () => lost(new Error('the connection to Redis was closed')));
    redis.on('message', (_channel, message) => {
      for (const envelope of read(message)) hear(envelope);
    });
    try {
      await redis.subscribe(...channels);
    } catch (error) {
      release();
      throw error;
    }
    return release;
  };

/** A message of Redis Pub/Sub: one event. */
export const readEvent = (message: string): (Envelope | undefined)[] => [parseEnvelope(message)];

// JSON holds no line break outside of its strings, and `JSON.stringify` escapes those.
const SEPARATOR = '\n';
const MAX_CHARACTERS = 1_000_000;

/** What tells listeners of events: few commands, because each costs about as much whatever it holds. */
export const broadcast = (messages: readonly { type: string; json: string }[], channelOf: (type: string) => string): string[][] => {
  const commands: string[][] = [];
  for (const [type, all] of Map.groupBy(messages, (message) => message.type)) {
    let text = '';
    for (const { json } of all) {
      if (text.length + json.length > MAX_CHARACTERS) {
        commands.push(['publish', channelOf(type), text]);
        text = '';
      }
      text += text === '' ? json : SEPARATOR + json;
    }
    commands.push(['publish', channelOf(type), text]);
  }
  return commands;
};

/** What `broadcast` sent. */
export const readEvents = (message: string): (Envelope | undefined)[] => message.split(SEPARATOR).map(parseEnvelope);
