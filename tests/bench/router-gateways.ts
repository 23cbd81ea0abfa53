import { randomBytes } from 'node:crypto';
import type { GatewayProcess } from './federation/gateway-process.ts';
import type { Issuer } from './federation/issuer.ts';
import { startPeer } from './federation/peers.ts';
import { startRouter } from './federation/router-process.ts';
import { SUBGRAPH_NAMES } from './federation/subgraph-data.ts';
import type { Federation } from './federation/subgraphs.ts';

export type GatewayName =
  | 'ours'
  | 'ours, fetches shared'
  | 'ours, operations shared'
  | 'stock'
  | 'hive js'
  | 'hive rust'
  | 'hive rust, operations shared'
  | 'engine'
  | 'bare proxy';

/** A gateway that takes part, and how it is started. */
export interface Contestant {
  name: GatewayName;
  title: string;
  /** The word under which its fetches are counted. */
  door: string;
  start(world: World): Promise<GatewayProcess>;
}

export interface World {
  federation: Federation;
  issuer: Issuer;
  /** Of the gateway's process. */
  env?: NodeJS.ProcessEnv;
}

/** The defaults, all guards on, but for the rates: nobody benchmarks within them. */
const GUARDED = `rateLimits:
  authenticated: { points: 1000000000, perSeconds: 1 }
  operationCost: { points: 1000000000, perSeconds: 1 }
`;
const SHARE_FETCHES = 'traffic: { all: { share: true } }\n';
const SHARE_OPERATIONS = `${SHARE_FETCHES}operations: { share: true }\n`;

/** With keys, each fetch carries an internal token. */
const KEYS = SUBGRAPH_NAMES.map((name) => `${name}=${randomBytes(32).toString('hex')}`).join(',');

const ours = (name: GatewayName, door: string, title: string, settings: string): Contestant => ({
  name,
  title,
  door,
  start: async ({ federation, issuer, env }) => {
    const guards = { ...issuer.env, ROUTER_SUBGRAPH_KEYS: KEYS, ROUTER_LOG_LEVEL: 'warn' };
    const router = await startRouter({ federation, door, settings, env: { ...guards, ...env } });
    return { ...router, url: `${router.url}/graphql` };
  },
});

type Kind = Parameters<typeof startPeer>[0]['kind'];

const peer = (name: GatewayName, door: string, title: string, kind: Kind, sharesOperations = false): Contestant => ({
  name,
  title,
  door,
  start: ({ federation, env = {} }) => startPeer({ federation, door, kind, sharesOperations, env }),
});

const ALL: readonly Contestant[] = [
  ours('ours', 'ours', 'this router', GUARDED),
  ours('ours, fetches shared', 'ours-fetches', 'this router, sharing fetches', `${GUARDED}${SHARE_FETCHES}`),
  ours('ours, operations shared', 'ours-operations', 'this router, sharing operations', `${GUARDED}${SHARE_OPERATIONS}`),
  peer('stock', 'stock', 'Apollo Gateway', 'apollo'),
  peer('hive js', 'hive-js', 'Hive Gateway', 'hive-js'),
  peer('hive rust', 'hive-rust', 'Hive Gateway, Rust runtime', 'hive-rust'),
  peer('hive rust, operations shared', 'hive-rust-operations', 'Hive Gateway, Rust runtime, sharing operations', 'hive-rust', true),
  peer('engine', 'engine', "this router's engine alone: a bare HTTP server, no guards", 'engine'),
  peer('bare proxy', 'bare-proxy', 'no gateway: a bare proxy to one subgraph', 'bare-proxy'),
];

export const contestants = (names: readonly GatewayName[]): Contestant[] => ALL.filter(({ name }) => names.includes(name));
