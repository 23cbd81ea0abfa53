import { Redis } from 'ioredis';

const COMMAND_DEADLINE_MS = 100;
const FIRST_CONNECTION_DEADLINE_MS = 1_000;
const HUNG_CONNECTION_MS = 5_000;
const ASK_AGAIN_MS = 100;
const MAX_RECONNECT_MS = 5_000;

/** One connection for all limiters of a process. */
export interface RateLimitConnection {
  /** True while the counts are shared; false while each process counts for itself. */
  isShared(): boolean;
  /** Runs a command. Undefined when Redis is away or does not answer within 100 ms; then nobody waits for it until it answers a ping. */
  attempt<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined>;
  /** The connection itself, for what declares commands on it. */
  redis: Redis;
  close(): void;
}

export interface RateLimitConnectionOptions {
  /** `redis://` or `rediss://` URL. */
  url: string;
  /** Told once an outage what is wrong, and again only after Redis was back. */
  onError?: (error: unknown) => void;
}

/**
 * Answers that are already here count, however late this process gets to read them: timers come before sockets in a turn
 * of the event loop, and a process that was busy for 100 ms shall not take Redis for dead.
 */
const withinDeadline = <T>(answer: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Error(`Redis did not answer within ${COMMAND_DEADLINE_MS} ms`));
    const timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), COMMAND_DEADLINE_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });

const firstConnection = async (redis: Redis): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FIRST_CONNECTION_DEADLINE_MS);
  });
  // Its failure is told by the error event.
  await Promise.race([redis.connect().catch(() => undefined), deadline]);
  clearTimeout(timer);
};

/**
 * Connects limiters to Redis, and reconnects for ever. Waits for the first connection 1 s at most and never throws: until
 * Redis is there, every limiter counts in its own process.
 */
export const connectRateLimits = async ({ url, onError }: RateLimitConnectionOptions): Promise<RateLimitConnection> => {
  const redis = new Redis(url, {
    connectionName: 'rate-limits',
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: HUNG_CONNECTION_MS,
    socketTimeout: HUNG_CONNECTION_MS,
    retryStrategy: (times) => Math.min(100 * 2 ** times, MAX_RECONNECT_MS) * (0.5 + Math.random() / 2),
  });
  let told = false;
  let away = false;
  let closed = false;
  const tell = (error: unknown): void => {
    if (told) return;
    told = true;
    onError?.(error);
  };
  redis.on('error', tell);

  const askAgain = async (): Promise<void> => {
    if (closed) return;
    try {
      await withinDeadline(redis.ping());
      away = false;
      told = false;
    } catch {
      askAgainSoon();
    }
  };
  const askAgainSoon = (): void => void setTimeout(askAgain, ASK_AGAIN_MS).unref();

  const fails = (error: unknown): void => {
    tell(error);
    if (away) return;
    away = true;
    askAgainSoon();
  };

  await firstConnection(redis);
  if (redis.status !== 'ready') fails(new Error('Redis cannot be reached'));
  const isShared = (): boolean => redis.status === 'ready' && !away;
  return {
    redis,
    isShared,
    attempt: async (command) => {
      if (!isShared()) return undefined;
      try {
        return await withinDeadline(command(redis));
      } catch (error) {
        fails(error);
        return undefined;
      }
    },
    close: () => {
      closed = true;
      redis.disconnect();
    },
  };
};
