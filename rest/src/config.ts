import type { TokenIssuer } from '@supergraph/identity/token-verifier';
import { portWithOffset, readSettings, setting } from '@supergraph/service/config';
import { tokenIssuers, tokenShape } from '@supergraph/service/token-settings';
import { z } from 'zod';
import { ROOMS, type Room } from './subgraphs.ts';

export interface RestConfig {
  host: string;
  port: number;
  /** Operations, and the messages that are still to be sent. */
  databaseUrl: string;
  /** Where commands go to and their outcomes come from. */
  busUrl: string;
  /** `host:port` of each subgraph's gRPC. */
  grpcAddresses: Readonly<Record<Room, string>>;
  /** Secrets that internal tokens are signed with. */
  subgraphKeys: Readonly<Record<Room, string>>;
  /** Whose access tokens are accepted. */
  tokenIssuers: readonly TokenIssuer[];
  /** Where replicas share what they count. */
  redisUrl: string | undefined;
  /** Whether requests are counted at all: load tests switch it off. */
  rateLimits: boolean;
  /** Whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  logLevel: string;
}

const GRPC_PORTS: Readonly<Record<Room, number>> = { category: 4101, user: 4102, order: 4103 };
const ADDRESS = /^([a-z]+)=(\S+:\d{1,5})$/;

const isRoom = (name: string): name is Room => (ROOMS as readonly string[]).includes(name);

const grpcAddresses = (env: NodeJS.ProcessEnv) =>
  z
    .string()
    .default('')
    .transform((text, context) => {
      const addresses = Object.fromEntries(ROOMS.map((room) => [room, `127.0.0.1:${portWithOffset(env, GRPC_PORTS[room])}`])) as Record<Room, string>;
      const items = text.split(',').map((item) => item.trim());
      for (const [index, item] of items.entries()) {
        if (item === '') continue;
        const [, name = '', address = ''] = ADDRESS.exec(item) ?? [];
        if (isRoom(name)) addresses[name] = address;
        else context.addIssue({ code: 'custom', message: `expected ${ROOMS.join(', ')}=host:port, separated by commas, at entry ${index + 1}` });
      }
      return addresses;
    });

const subgraphKeys = setting.internalKeys().transform((keys, context) => {
  const missing = ROOMS.filter((room) => !keys.has(room));
  if (missing.length > 0) context.addIssue({ code: 'custom', message: `no key for ${missing.join(', ')}` });
  return Object.fromEntries(ROOMS.map((room) => [room, keys.get(room) ?? ''])) as Record<Room, string>;
});

/** The only place that knows the names of this room's environment variables. */
export const readConfig = (env: NodeJS.ProcessEnv): RestConfig => {
  const settings = readSettings(
    'rest',
    z.object({
      HOST: setting.host(),
      REST_PORT: setting.port(portWithOffset(env, 4010)),
      REST_DATABASE_URL: setting.postgresUrl(),
      MESSAGE_BUS_URL: setting.busUrl(),
      REST_GRPC_ADDRESSES: grpcAddresses(env),
      REST_SUBGRAPH_KEYS: subgraphKeys,
      ...tokenShape(env),
      REDIS_URL: z
        .string()
        .regex(/^rediss?:\/\/.+/, 'expected redis://host:port')
        .optional(),
      REST_RATE_LIMITS: z.enum(['on', 'off']).default('on'),
      REST_TRUSTED_PROXIES: setting.trustedProxies(),
      REST_LOG_LEVEL: setting.logLevel(),
    }),
    env,
  );
  return {
    host: settings.HOST,
    port: settings.REST_PORT,
    databaseUrl: settings.REST_DATABASE_URL,
    busUrl: settings.MESSAGE_BUS_URL,
    grpcAddresses: settings.REST_GRPC_ADDRESSES,
    subgraphKeys: settings.REST_SUBGRAPH_KEYS,
    tokenIssuers: tokenIssuers(settings),
    redisUrl: settings.REDIS_URL,
    rateLimits: settings.REST_RATE_LIMITS === 'on',
    trustedProxies: settings.REST_TRUSTED_PROXIES,
    logLevel: settings.REST_LOG_LEVEL,
  };
};
