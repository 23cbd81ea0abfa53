import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@supergraph/database/embedded-postgres';
import { afterAll, beforeAll } from 'vitest';
import { describeBus } from '../testing/message-bus.contract.ts';

const capabilities = { durable: true, keepsForAbsent: true, orderPerSubject: true, retryBlocksSubject: true, redelivers: true };
// A server of its own, because the suite stops it.
const folder = mkdtempSync(join(tmpdir(), 'supergraph-bus-'));
const port = 20_000 + Math.floor(Math.random() * 20_000);
let server: EmbeddedPostgres;

const start = async (): Promise<void> => {
  server = await startEmbeddedPostgres({ folder, port, databases: ['bus'] });
};

beforeAll(start);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

describeBus('postgres', () => ({ url: server.url('bus'), capabilities, stop: () => server.stop(), start }), capabilities);
