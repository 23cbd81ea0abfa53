import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TokenIssuer } from '@supergraph/identity/token-verifier';
import { isProduction, portWithOffset, readSettings, setting } from '@supergraph/service/config';
import { tokenIssuers, tokenShape } from '@supergraph/service/token-settings';
import { z } from 'zod';

export interface RouterConfig {
  host: string;
  port: number;
  supergraphFile: string;
  /** Where a subgraph is, when not where the supergraph says; by subgraph name. */
  subgraphUrls: ReadonlyMap<string, string>;
  /** Secrets that internal tokens are signed with, by subgraph name. */
  subgraphKeys: ReadonlyMap<string, string>;
  /** `router.yaml`: limits, rate limits, traffic and everything else that can change while the router runs. */
  settingsFile: string;
  /** Has a folder for each client, with the manifests of its operations. */
  clientsFolder: string;
  /** Whose access tokens are accepted unless the settings say otherwise. */
  tokenIssuers: readonly TokenIssuer[];
  /** What executes plans; `apollo` is ApolloGateway's own, to compare with. */
  engine: 'supergraph' | 'apollo';
  /** Whether the schema can be asked for; when not given, by the settings and NODE_ENV. */
  introspection: boolean | undefined;
  /** Where replicas share what they count. */
  redisUrl: string | undefined;
  /** The message bus that subscriptions hear events from. */
  busUrl: string | undefined;
  /** Folders of `.graphql` operations that the explorer offers. */
  operationFolders: readonly string[];
  corsOrigins: readonly string[];
  production: boolean;
  logLevel: string;
}

const DEFAULT_SETTINGS = fileURLToPath(new URL('../router.yaml', import.meta.url));
const DEFAULT_CLIENTS = fileURLToPath(new URL('../../clients', import.meta.url));
const DEFAULT_SUPERGRAPH = fileURLToPath(new URL('../../supergraph.graphql', import.meta.url));

/** The settings name contracts and subgraphs: those of this checkout fit its own supergraph only. */
const settingsBeside = (supergraphFile: string): string =>
  resolve(supergraphFile) === DEFAULT_SUPERGRAPH ? DEFAULT_SETTINGS : join(dirname(supergraphFile), 'router.yaml');

const listItems = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const list = z.string().default('').transform(listItems);

const subgraphUrl = setting.httpUrl();

const subgraphUrls = list.transform((items, context) => {
  const urls = new Map<string, string>();
  for (const item of items) {
    const separator = item.indexOf('=');
    const name = item.slice(0, separator).trim();
    const url = item.slice(separator + 1).trim();
    if (separator > 0 && name !== '' && subgraphUrl.safeParse(url).success) urls.set(name, url);
    else
      context.addIssue({ code: 'custom', message: `expected name=http://host:port/path, separated by commas, at entry ${items.indexOf(item) + 1}` });
  }
  return urls;
});

const corsOrigins = list.refine((origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin), {
  error: 'expected origins (https://example.com, no path) separated by commas',
});

/** The only place that knows the names of this room's environment variables. */
export const readConfig = (env: NodeJS.ProcessEnv): RouterConfig => {
  const settings = readSettings(
    'router',
    z.object({
      HOST: setting.host(),
      ROUTER_PORT: setting.port(portWithOffset(env, 4000)),
      ROUTER_SUPERGRAPH: z.string().default(DEFAULT_SUPERGRAPH),
      ROUTER_SUBGRAPH_URLS: subgraphUrls,
      ROUTER_SUBGRAPH_KEYS: setting.internalKeys(),
      ROUTER_SETTINGS: z.string().optional(),
      ROUTER_CLIENTS: z.string().default(DEFAULT_CLIENTS),
      ROUTER_ENGINE: z.enum(['supergraph', 'apollo']).default('supergraph'),
      ROUTER_INTROSPECTION: z.enum(['true', 'false']).optional(),
      REDIS_URL: z
        .string()
        .regex(/^rediss?:\/\/.+/, 'expected redis://host:port')
        .optional(),
      MESSAGE_BUS_URL: setting.busUrl().optional(),
      ...tokenShape(env),
      ROUTER_OPERATIONS: list,
      ROUTER_CORS_ORIGINS: corsOrigins,
      ROUTER_LOG_LEVEL: setting.logLevel(),
    }),
    env,
  );
  return {
    host: settings.HOST,
    port: settings.ROUTER_PORT,
    supergraphFile: resolve(settings.ROUTER_SUPERGRAPH),
    subgraphUrls: settings.ROUTER_SUBGRAPH_URLS,
    subgraphKeys: settings.ROUTER_SUBGRAPH_KEYS,
    settingsFile: resolve(settings.ROUTER_SETTINGS ?? settingsBeside(settings.ROUTER_SUPERGRAPH)),
    clientsFolder: resolve(settings.ROUTER_CLIENTS),
    tokenIssuers: tokenIssuers(settings),
    engine: settings.ROUTER_ENGINE,
    introspection: settings.ROUTER_INTROSPECTION === undefined ? undefined : settings.ROUTER_INTROSPECTION === 'true',
    redisUrl: settings.REDIS_URL,
    busUrl: settings.MESSAGE_BUS_URL,
    operationFolders: settings.ROUTER_OPERATIONS.map((folder) => resolve(folder)),
    corsOrigins: settings.ROUTER_CORS_ORIGINS,
    production: isProduction(env),
    logLevel: settings.ROUTER_LOG_LEVEL,
  };
};
