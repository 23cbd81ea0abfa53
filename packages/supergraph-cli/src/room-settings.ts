import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { supergraphFile } from './composed-files.ts';
import { createInternalKeys } from './internal-keys.ts';
import { createPaymentSecrets } from './payment-secrets.ts';
import { hostOf, MOBILE, ORDER, REST, ROUTER, type Room, roomsOf, routerPort, SANDBOX, USER, WEB, WEBHOOKS } from './rooms.ts';
import type { Topology } from './topology.ts';

/** By process, what it is told beside the environment: its port, its keys, where the others are. */
export interface RoomSettings {
  ofRoom(room: Room): NodeJS.ProcessEnv;
  ofRouter: NodeJS.ProcessEnv;
  /** The keys and secrets of this run by variable: who makes settings anew in the same run passes them on. */
  secrets: NodeJS.ProcessEnv;
}

const CATALOGUE = 'catalogue';

/** The folders of operations that the explorer offers. The catalogue first: its queries run as they stand, for anybody. */
const scenariosOf = ({ root }: Topology): string[] => {
  const folder = join(root, 'tests', 'scenarios');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return [...names.filter((name) => name === CATALOGUE), ...names.filter((name) => name !== CATALOGUE)].map((name) => join(folder, name));
};

/** Those that ask the user subgraph what somebody may do. */
const CALLS_USER = [WEBHOOKS, ORDER];

const variableOf = (name: string, rest: string): string => `${name.toUpperCase().replaceAll('-', '_')}_${rest}`;

const portsOf = ({ name, port, grpcPort }: Room): NodeJS.ProcessEnv => ({
  [variableOf(name, 'PORT')]: String(port),
  ...(grpcPort === undefined ? {} : { [variableOf(name, 'GRPC_PORT')]: String(grpcPort) }),
});

/** Keys and secrets are made here, once a run. */
export const createRoomSettings = (topology: Topology, env: NodeJS.ProcessEnv): RoomSettings => {
  const rooms = roomsOf(topology, env);
  const subgraphs = rooms.filter(({ name }) => topology.subgraphs.some((subgraph) => subgraph.name === name));
  const callable = subgraphs.filter(({ grpcPort }) => grpcPort !== undefined);
  const keys = createInternalKeys(
    subgraphs.map(({ name }) => name),
    env,
  );
  const payments = createPaymentSecrets(env);
  const host = hostOf(env);
  const router = `http://${host}:${routerPort(env)}`;
  const urlOf = (wanted: string): string | undefined => rooms.filter(({ name }) => name === wanted).map(({ port }) => `http://${host}:${port}`)[0];
  const further: Readonly<Record<string, NodeJS.ProcessEnv>> = {
    [WEBHOOKS]: { WEBHOOKS_ROUTER_URL: `${router}/graphql`, WEBHOOKS_USER_URL: urlOf(USER) },
    [ORDER]: { ORDER_USER_URL: urlOf(USER), ...(urlOf(SANDBOX) === undefined ? {} : { ORDER_PAYMENT_URL: urlOf(SANDBOX) }) },
    [SANDBOX]: { PAYMENT_SANDBOX_CALLBACK_URL: `${urlOf(WEBHOOKS)}/callbacks/payments` },
    [MOBILE]: { MOBILE_ROUTER_URL: router },
    [WEB]: { WEB_ROUTER_URL: router },
    [REST]: {
      ...keys.ofRest(callable.map(({ name }) => name)),
      REST_GRPC_ADDRESSES: callable.map(({ name, grpcPort }) => `${name}=${host}:${grpcPort}`).join(','),
    },
  };
  const secrets = rooms.flatMap(({ name }) => Object.entries({ ...keys.ofRoom(name), ...payments.ofRoom(name) }));
  return {
    secrets: Object.fromEntries(secrets.filter(([, value]) => value !== undefined)),
    ofRoom: (room) => ({
      ...keys.ofRoom(room.name, CALLS_USER.includes(room.name) ? { [USER]: variableOf(room.name, 'USER_KEY') } : {}),
      ...payments.ofRoom(room.name),
      ...further[room.name],
      ...portsOf(room),
    }),
    ofRouter: {
      ...keys.ofRouter,
      ...payments.ofRoom(ROUTER),
      ROUTER_SUPERGRAPH: supergraphFile(topology),
      ROUTER_PORT: String(routerPort(env)),
      ROUTER_SUBGRAPH_URLS: subgraphs.map(({ name, port, path }) => `${name}=http://${host}:${port}${path}`).join(','),
      ROUTER_OPERATIONS: scenariosOf(topology).join(','),
    },
  };
};
