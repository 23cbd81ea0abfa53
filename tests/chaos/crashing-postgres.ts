import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from '@supergraph/database/embedded-postgres';
import { childrenOf } from '../checkout.ts';

/** A PostgreSQL server that can be killed with all its processes, and started again on what is on the disk. */
export interface CrashingPostgres {
  url(database: string): string;
  /** SIGKILL to the postmaster and every child. Resolves when they are gone. */
  kill(): Promise<void>;
  /** Resolves when it has recovered and takes connections. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const isRunning = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

const killNow = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
};

export const startCrashingPostgres = async (options: EmbeddedPostgresOptions): Promise<CrashingPostgres> => {
  let server: EmbeddedPostgres = await startEmbeddedPostgres(options);
  return {
    url: (database) => server.url(database),
    kill: async () => {
      const postmaster = Number(readFileSync(join(server.dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0]);
      const pids = [postmaster, ...childrenOf(postmaster)];
      for (const pid of pids) killNow(pid);
      while (pids.some(isRunning)) await sleep(5);
      await server.stop();
    },
    restart: async () => {
      server = await startEmbeddedPostgres(options);
    },
    stop: () => server.stop(),
  };
};
