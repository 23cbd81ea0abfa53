import { type Child, startChild } from '@supergraph/cli/child';
import { createTestDatabase } from '@supergraph/database/testing';
import { freePort } from '../postgres.ts';
import { ROOT, type Room, startWorld, type World, type WorldOptions } from '../world.ts';

/** The graph with the REST door beside the router. */
export interface RestWorld extends World {
  /** The REST door's base URL. */
  restUrl: string;
  rest: Child;
}

const CALLED: readonly Room[] = ['category', 'user', 'order'];

export const startRestWorld = async (options: WorldOptions = {}): Promise<RestWorld> => {
  const world = await startWorld(options);
  const database = await createTestDatabase('rest', new URL('../../rest/migrations/', import.meta.url));
  const port = await freePort();
  const restUrl = `http://127.0.0.1:${port}`;
  const listOf = (pick: (room: Room) => string): string => CALLED.map((room) => `${room}=${pick(room)}`).join(',');
  const rest = startChild({
    name: 'rest',
    mainFile: `${ROOT}rest/src/main.ts`,
    env: {
      ...process.env,
      ...world.env,
      REST_PORT: String(port),
      REST_DATABASE_URL: database.url,
      REST_GRPC_ADDRESSES: listOf((room) => world.rooms[room].grpcAddress),
      REST_SUBGRAPH_KEYS: listOf((room) => world.rooms[room].key),
    },
    url: restUrl,
    onLine: () => undefined,
    onUnexpectedExit: () => undefined,
  });
  const stop = async (): Promise<void> => {
    await rest.stop(4_000);
    await database.drop();
    await world.stop();
  };
  await rest.ready().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { ...world, restUrl, rest, stop };
};
