import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { EmbeddedPostgresError, startEmbeddedPostgres } from '@supergraph/database/embedded-postgres';
import { portWithOffset } from '@supergraph/service/config';
import { StartupError } from '@supergraph/service/startup-error';
import { postgresFolder } from './state-folder.ts';
import type { Subgraph, Topology } from './topology.ts';

/** The databases of a run: embedded, or the user's own. */
export interface Databases {
  /** `CATEGORY_DATABASE_URL` and so on, for the processes. */
  env: NodeJS.ProcessEnv;
  /** What the banner says about them. */
  description: string;
  /** The folder of the embedded server; undefined when every room has a server of its own. */
  embeddedFolder: string | undefined;
  stop(): Promise<void>;
}

const databaseVariable = (room: string): string => `${room.toUpperCase().replaceAll('-', '_')}_DATABASE_URL`;

const ownsDatabase = ({ folder }: Subgraph): boolean => existsSync(join(folder, 'migrations'));

/** The port the embedded server will take, or nothing when it is not needed. */
const embeddedPort = ({ subgraphs }: Topology, env: NodeJS.ProcessEnv): number | undefined =>
  subgraphs.some((subgraph) => ownsDatabase(subgraph) && !env[databaseVariable(subgraph.name)]) ? portWithOffset(env, 4090) : undefined;

/**
 * Starts the embedded PostgreSQL for every room whose `*_DATABASE_URL` is not set; a server that already runs for this
 * checkout is used as it is.
 * @throws StartupError when it cannot start.
 */
export const startDatabases = async (topology: Topology, env: NodeJS.ProcessEnv): Promise<Databases> => {
  const port = embeddedPort(topology, env);
  if (port === undefined) return { env: {}, description: 'your own, by *_DATABASE_URL', embeddedFolder: undefined, stop: async () => undefined };
  const rooms = topology.subgraphs.filter((subgraph) => ownsDatabase(subgraph) && !env[databaseVariable(subgraph.name)]).map(({ name }) => name);
  const folder = postgresFolder(topology.root);
  try {
    const server = await startEmbeddedPostgres({ folder, port, databases: rooms });
    return {
      env: Object.fromEntries(rooms.map((room) => [databaseVariable(room), server.url(room)])),
      description: `127.0.0.1:${new URL(server.url('postgres')).port}, data in ${relative(topology.root, folder).startsWith('..') ? folder : relative(topology.root, folder)}`,
      embeddedFolder: folder,
      stop: server.stop,
    };
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw new StartupError(error.message, error.fix, error);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EACCES' || code === 'EROFS' || code === 'ENOSPC')
      throw new StartupError(
        `the embedded PostgreSQL cannot write to ${folder}: ${(error as Error).message}`,
        'free the folder for this user, or point *_DATABASE_URL at a PostgreSQL of your own',
        error,
      );
    throw error;
  }
};
