import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from '@supergraph/database/database';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@supergraph/database/embedded-postgres';
import { afterAll, beforeAll } from 'vitest';
import { describeListening } from '../testing/listening.contract.ts';

// A server of its own, because the suite stops it.
const folder = mkdtempSync(join(tmpdir(), 'supergraph-listening-'));
const port = 20_000 + Math.floor(Math.random() * 12_000);
let server: EmbeddedPostgres;

const start = async (): Promise<void> => {
  server = await startEmbeddedPostgres({ folder, port, databases: ['bus'] });
};

beforeAll(start);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const count = async (url: string, namespace: string): Promise<number> => {
  const database = createDatabase({ url, applicationName: 'test' });
  const rows = await database.query('select from pg_stat_activity where application_name = $1', [`bus ${namespace} listener`]);
  await database.close();
  return rows.length;
};

describeListening('postgres', () => ({ url: server.url('bus'), stop: () => server.stop(), start }), { leftovers: { count, afterKill: 0 } });
