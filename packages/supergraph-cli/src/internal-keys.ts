import { randomBytes } from 'node:crypto';

/** The secrets that the router signs its calls with, one a subgraph. Each process is given its own and no other. */
export interface InternalKeys {
  /** Settings of a subgraph's process: its key, and undefined for every key that may stand in our own environment. */
  ofRoom(name: string): NodeJS.ProcessEnv;
  /** Settings of the router's process: all keys. */
  ofRouter: NodeJS.ProcessEnv;
}

const ROUTER_VARIABLE = 'ROUTER_SUBGRAPH_KEYS';
const variableOf = (room: string): string => `${room.toUpperCase().replaceAll('-', '_')}_INTERNAL_KEY`;

/** A key that the environment gives is kept; the others are random and end with this run. */
export const createInternalKeys = (rooms: readonly string[], env: NodeJS.ProcessEnv): InternalKeys => {
  const keys = new Map(rooms.map((room) => [room, env[variableOf(room)] || randomBytes(32).toString('hex')]));
  const none = Object.fromEntries([ROUTER_VARIABLE, ...rooms.map(variableOf)].map((name) => [name, undefined]));
  return {
    ofRoom: (name) => ({ ...none, [variableOf(name)]: keys.get(name) }),
    ofRouter: { ...none, [ROUTER_VARIABLE]: [...keys].map(([room, key]) => `${room}=${key}`).join(',') },
  };
};
