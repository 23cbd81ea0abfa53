import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { dropEmbeddedDatabase, EmbeddedPostgresError, startEmbeddedPostgres } from '@supergraph/database/embedded-postgres';
import { portWithOffset } from '@supergraph/service/config';
import { StartupError } from '@supergraph/service/startup-error';
import { REST } from './rooms.ts';
import { postgresFolder } from './state-folder.ts';
import type { Topology } from './topology.ts';

/** The databases of a run: embedded, or the user's own. */
export interface Databases {
  /** `CATEGORY_DATABASE_URL` and so on, and `MESSAGE_BUS_URL`, for the processes. */
  env: NodeJS.ProcessEnv;
  /** What the banner says about them. */
  description: string;
  /** The folder of the embedded server when it holds the data of every room. */
  embeddedFolder: string | undefined;
  stop(): Promise<void>;
}

const databaseVariable = (room: string): string => `${room.toUpperCase().replaceAll('-', '_')}_DATABASE_URL`;

const ownsDatabase = ({ folder }: { folder: string }): boolean => existsSync(join(folder, 'migrations'));

const BUS = 'bus';

/** The variables that nobody has set, each with the database it then gets on the embedded server. */
const embeddedDatabases = ({ root, subgraphs }: Topology, env: NodeJS.ProcessEnv): Map<string, string> => {
  const rooms = [...subgraphs, { name: REST, folder: join(root, REST) }];
  const wanted = new Map(rooms.filter(ownsDatabase).map(({ name }) => [databaseVariable(name), name]));
  wanted.set('MESSAGE_BUS_URL', BUS);
  return new Map([...wanted].filter(([variable]) => !env[variable]));
};

/**
 * Starts the embedded PostgreSQL for every room whose `*_DATABASE_URL` is not set, and for the message bus
 * when MESSAGE_BUS_URL is not set; a server that already runs for this checkout is used as it is.
 * @throws StartupError when it cannot start.
 */
export const startDatabases = async (topology: Topology, env: NodeJS.ProcessEnv): Promise<Databases> => {
  const databases = embeddedDatabases(topology, env);
  if (databases.size === 0) return { env: {}, description: 'your own, by *_DATABASE_URL', embeddedFolder: undefined, stop: async () => undefined };
  const folder = postgresFolder(topology.root);
  try {
    const server = await startEmbeddedPostgres({ folder, port: portWithOffset(env, 4090), databases: [...databases.values()] });
    return {
      env: Object.fromEntries([...databases].map(([variable, name]) => [variable, server.url(name)])),
      description: `127.0.0.1:${new URL(server.url('postgres')).port}, data in ${relative(topology.root, folder).startsWith('..') ? folder : relative(topology.root, folder)}`,
      // Data of a server of the user's own are theirs: nothing is imported into it unasked.
      embeddedFolder: topology.subgraphs.some(({ name }) => env[databaseVariable(name)]) ? undefined : folder,
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

/**
 * Drops a room's database on the embedded server; one of the user's own is left alone.
 * @returns what became of it, in a sentence.
 */
export const dropDatabase = async ({ root }: Pick<Topology, 'root'>, room: string, env: NodeJS.ProcessEnv): Promise<string> => {
  if (env[databaseVariable(room)]) return `its database is your own, by ${databaseVariable(room)}, and is left alone`;
  try {
    const isGone = await dropEmbeddedDatabase({ folder: postgresFolder(root), port: portWithOffset(env, 4090) }, room);
    return isGone ? 'its database is dropped from the embedded PostgreSQL, with what was in it' : 'it had no database yet';
  } catch (error) {
    return `its database stays on the embedded PostgreSQL: ${(error as Error).message}`;
  }
};
