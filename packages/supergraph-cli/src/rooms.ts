import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isProduction, portWithOffset } from '@supergraph/service/config';
import type { PortUser } from './ports.ts';
import type { Topology } from './topology.ts';

export const ROUTER = 'router';
export const USER = 'user';
export const ORDER = 'order';
export const WEBHOOKS = 'webhooks';
export const REST = 'rest';
export const MOBILE = 'mobile';
export const WEB = 'web';
export const SANDBOX = 'payment-sandbox';

/** A process beside the router. */
export interface Room {
  name: string;
  port: number;
  /** Where it answers gRPC, if it does. */
  grpcPort?: number;
  folder: string;
  /** What the banner shows after host and port. */
  path: string;
}

/** gRPC is a hundred ports above HTTP. */
const GRPC_DISTANCE = 100;

export const hostOf = (env: NodeJS.ProcessEnv): string => env['HOST'] || '127.0.0.1';
export const routerPort = (env: NodeJS.ProcessEnv): number => Number(env['ROUTER_PORT'] || portWithOffset(env, 4000));

const hasMain = (folder: string): boolean => existsSync(join(folder, 'src', 'main.ts'));

/** The rooms of `supergraph.yaml`; one with a `proto` folder speaks gRPC too. */
export const subgraphsOf = ({ subgraphs }: Topology, env: NodeJS.ProcessEnv): Room[] =>
  subgraphs.map(({ name, routingUrl, folder }) => {
    const url = new URL(routingUrl);
    const port = portWithOffset(env, Number(url.port));
    return { name, port, folder, path: url.pathname, ...(existsSync(join(folder, 'proto')) ? { grpcPort: port + GRPC_DISTANCE } : {}) };
  });

const restOf = ({ root }: Topology, env: NodeJS.ProcessEnv): Room[] => {
  const folder = join(root, REST);
  return hasMain(folder) ? [{ name: REST, port: portWithOffset(env, 4010), folder, path: '/' }] : [];
};

/** One a frontend, with the path that the banner shows. */
const BFFS = [
  { name: MOBILE, port: 4020, path: '/views/home' },
  { name: WEB, port: 4021, path: '/' },
];
/** Whether a room's operations are compiled: what runs is what codegen wrote. */
export const isBff = (room: string): boolean => BFFS.some(({ name }) => name === room);

const bffsOf = ({ root }: Topology, env: NodeJS.ProcessEnv): Room[] =>
  BFFS.map(({ name, port, path }) => ({ name, port: portWithOffset(env, port), folder: join(root, 'bffs', name), path })).filter(({ folder }) =>
    hasMain(folder),
  );

/** Stands in for a payment provider: never in production, and not where ORDER_PAYMENT_URL names another. */
const sandboxOf = ({ root }: Topology, env: NodeJS.ProcessEnv): Room[] => {
  const folder = join(root, SANDBOX);
  return isProduction(env) || env['ORDER_PAYMENT_URL'] || !hasMain(folder)
    ? []
    : [{ name: SANDBOX, port: portWithOffset(env, 4040), folder, path: '' }];
};

/** Every process beside the router that runs in this environment: subgraphs, then doors, then what stands in for others. */
export const roomsOf = (topology: Topology, env: NodeJS.ProcessEnv): Room[] => [
  ...subgraphsOf(topology, env),
  ...restOf(topology, env),
  ...bffsOf(topology, env),
  ...sandboxOf(topology, env),
];

/** Everything that will listen. */
export const portUsersOf = (rooms: readonly Room[], env: NodeJS.ProcessEnv): PortUser[] => [
  { name: ROUTER, port: routerPort(env) },
  ...rooms,
  ...rooms.flatMap(({ name, grpcPort }) => (grpcPort === undefined ? [] : [{ name: `gRPC of ${name}`, port: grpcPort }])),
];
