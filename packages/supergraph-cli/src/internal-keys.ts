import { randomBytes } from 'node:crypto';

/** The secrets that router and REST door sign their calls with, one a subgraph. Each process is given its own and no other. */
export interface InternalKeys {
  /**
   * Settings of a room's process: its key, and undefined for every key that may stand in our own environment. `calls` names
   * the variables for the keys of those that it calls itself, by subgraph.
   */
  ofRoom(name: string, calls?: Readonly<Record<string, string>>): NodeJS.ProcessEnv;
  /** Settings of the router's process: all keys. */
  ofRouter: NodeJS.ProcessEnv;
  /** Settings of the REST door's process: the keys of those that it calls. */
  ofRest(called: readonly string[]): NodeJS.ProcessEnv;
}

const ROUTER_VARIABLE = 'ROUTER_SUBGRAPH_KEYS';
const REST_VARIABLE = 'REST_SUBGRAPH_KEYS';
/** The user subgraph's key under the names that its callers know it by. */
const CALLER_VARIABLES = ['WEBHOOKS_USER_KEY', 'ORDER_USER_KEY'];
const variableOf = (room: string): string => `${room.toUpperCase().replaceAll('-', '_')}_INTERNAL_KEY`;

/** A key that the environment gives is kept; the others are random and end with this run. */
export const createInternalKeys = (rooms: readonly string[], env: NodeJS.ProcessEnv): InternalKeys => {
  const keys = new Map(rooms.map((room) => [room, env[variableOf(room)] || randomBytes(32).toString('hex')]));
  const none = Object.fromEntries([ROUTER_VARIABLE, REST_VARIABLE, ...CALLER_VARIABLES, ...rooms.map(variableOf)].map((name) => [name, undefined]));
  const listOf = (names: readonly string[]): string => names.map((room) => `${room}=${keys.get(room)}`).join(',');
  return {
    ofRoom: (name, calls = {}) => ({
      ...none,
      ...(keys.has(name) ? { [variableOf(name)]: keys.get(name) } : {}),
      ...Object.fromEntries(Object.entries(calls).map(([called, variable]) => [variable, keys.get(called)])),
    }),
    ofRouter: { ...none, [ROUTER_VARIABLE]: listOf([...keys.keys()]) },
    ofRest: (called) => ({ ...none, [REST_VARIABLE]: listOf(called) }),
  };
};
