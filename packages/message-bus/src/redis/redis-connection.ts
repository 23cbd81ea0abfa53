import { Redis } from 'ioredis';
import { within } from '../deadline.ts';
import { busUnavailable } from '../errors.ts';

const COMMAND_DEADLINE_MS = 5_000;
const READINESS_DEADLINE_MS = 2_000;

/**
 * A connection that reconnects for ever. While it is away commands fail at once, instead of piling up; one without an answer
 * fails after 5 s and takes the connection with it.
 * @throws BUS_UNAVAILABLE
 */
export const connectRedis = async (url: string, connectionName: string, onError: (error: unknown) => void): Promise<Redis> => {
  const redis = new Redis(url, {
    connectionName,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: COMMAND_DEADLINE_MS,
    commandTimeout: COMMAND_DEADLINE_MS,
    socketTimeout: COMMAND_DEADLINE_MS,
    retryStrategy: (times) => Math.min(100 * 2 ** times, 5_000) * (0.5 + Math.random() / 2),
  });
  let trouble: unknown;
  redis.on('error', (error) => {
    trouble = error;
    onError(error);
  });
  try {
    await within(COMMAND_DEADLINE_MS, 'connecting to Redis', redis.connect());
    return redis;
  } catch (error) {
    redis.disconnect();
    throw busUnavailable(trouble ?? error);
  }
};

/** Sends commands together. @throws BUS_UNAVAILABLE when one of them fails */
export const execAll = async (redis: Redis, commands: (string | Buffer | number)[][]): Promise<void> => {
  try {
    const answers = await redis.pipeline(commands).exec();
    const failed = answers?.find(([error]) => error !== null);
    if (failed !== undefined) throw failed[0];
  } catch (error) {
    throw busUnavailable(error);
  }
};

/** What is wrong with the connection, or nothing. */
export const redisReadiness = async (redis: Redis): Promise<string | undefined> => {
  if (redis.status !== 'ready') return 'message bus: not connected to Redis';
  return within(READINESS_DEADLINE_MS, 'Redis', redis.ping()).then(
    () => undefined,
    (error: Error) => `message bus: ${error.message}`,
  );
};
