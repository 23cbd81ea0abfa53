import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@supergraph/database/embedded-postgres';
import { TEST_SERVER_VARIABLE } from '@supergraph/database/testing';

/** Where the server writes the statements of databases that ask for it; the statement count is read there. */
export const TEST_LOG_VARIABLE = 'TEST_POSTGRES_LOG';

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** Vitest's global setup: one real PostgreSQL for the run, in a folder of its own, gone afterwards. */
export const setup = async (): Promise<() => Promise<void>> => {
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-test-'));
  const settings = { fsync: 'off', max_connections: '300', log_line_prefix: '%d/%a ' };
  const server = await startEmbeddedPostgres({ folder, port: await freePort(), databases: [], settings });
  process.env[TEST_SERVER_VARIABLE] = server.url('postgres');
  process.env[TEST_LOG_VARIABLE] = server.logFile;
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
};
