import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { createGrpcClient, type GrpcClient } from '@supergraph/grpc/grpc-client';
import type { GrpcSubgraphApp } from '@supergraph/grpc/with-grpc';
import type { Identity } from '@supergraph/identity/identity';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import type { CatalogueDefinition } from './generated/proto/supergraph/category/v1/Catalogue.ts';

const KEY = 'k'.repeat(32);
const identity: Identity = { caller: { role: 'staff', userId: 'bob' }, scopes: [], claims: {} };
const OF_THIS_DATABASE = 'database = (select oid from pg_database where datname = current_database())';

let fixture: TestDatabase;
let bus: TestDatabase;
let app: GrpcSubgraphApp;
let httpPort: number;
let client: GrpcClient<CatalogueDefinition>;

beforeAll(async () => {
  fixture = await createTestDatabase('category', new URL('../migrations/', import.meta.url));
  bus = await createEmptyDatabase('bus');
  const config = readConfig({
    CATEGORY_GRPC_PORT: '0',
    CATEGORY_DATABASE_URL: fixture.url,
    MESSAGE_BUS_URL: bus.url,
    CATEGORY_INTERNAL_KEY: KEY,
    CATEGORY_LOG_LEVEL: 'silent',
  });
  app = await createApp(config);
  httpPort = await app.listen('127.0.0.1', 0);
  client = createGrpcClient({
    address: `127.0.0.1:${app.grpcPort()}`,
    protoFile: new URL('../proto/category.proto', import.meta.url),
    service: 'supergraph.category.v1.Catalogue',
    audience: 'category',
    key: KEY,
  });
});
afterAll(async () => {
  client.close();
  await Promise.all([fixture.drop(), bus.drop()]);
});

const count = async (table: string): Promise<unknown> => (await fixture.database.query(`select count(*)::integer from ${table}`))[0]?.['count'];
const refused = (code: string, kind: string) => expect.objectContaining({ code, kind });

describe('the category subgraph', () => {
  test('refuses a key whose first request still waits until that is done; a failure leaves the key free', async () => {
    const product = {
      sku: 'A',
      name: 'A',
      price: { amount: 100, currency: 'GBP' },
      categorySlug: 'home',
      idempotency: { key: 'k1', requestHash: 'h1' },
    };
    const create = () => client.call('CreateProduct', product, { identity });
    await expect(create()).rejects.toEqual(refused('CATEGORY_NOT_FOUND', 'not-found'));
    await client.call('CreateCategory', { slug: 'home', name: 'Home' }, { identity });
    const release = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holding = fixture.database.transact(async (sql) => {
      await sql.query("select pg_advisory_xact_lock(hashtext('category:tree'))");
      locked.resolve();
      await release.promise;
    });
    await locked.promise;
    const first = create();
    await expect.poll(() => count(`pg_locks where locktype = 'advisory' and not granted and ${OF_THIS_DATABASE}`)).toBe(1);
    await expect(create()).rejects.toEqual(refused('IDEMPOTENCY_KEY_IN_FLIGHT', 'conflict'));
    release.resolve();
    await holding;
    const answer = await first;
    expect(await create()).toEqual(answer);
    expect(await count('products')).toBe(1);
  });

  test('opens both doors, and closes both', async () => {
    expect((await client.call('ListCategories', {}, { identity })).categories).toHaveLength(1);
    expect((await fetch(`http://127.0.0.1:${httpPort}/health/ready`)).status).toBe(200);
    await app.close();
    await expect(client.call('ListCategories', {}, { identity })).rejects.toEqual(refused('SERVICE_UNAVAILABLE', 'unavailable'));
    await expect(fetch(`http://127.0.0.1:${httpPort}/health/ready`)).rejects.toThrow('fetch failed');
  });
});
