import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { ANONYMOUS, type Caller } from '@supergraph/identity/caller';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUserReader } from '../repositories/user-repository.postgres.ts';
import { delegate } from './delegate.ts';

let fixture: TestDatabase;

beforeAll(async () => {
  fixture = await createTestDatabase('user', new URL('../../migrations/', import.meta.url));
  await fixture.database.query(
    `insert into users (id, email, name, country, role, created_at, development)
     select id, 'user-' || id || '@example.com', 'Name', 'France', 'CUSTOMER', now(), id = 2 from generate_series(1, 2) as id`,
  );
});
afterAll(() => fixture.drop());

const WEBHOOKS: Caller = { role: 'service', name: 'webhooks' };

const ask = (caller: Caller, input: { userId: string; purpose: string }, developmentAccounts = true): Promise<{ accessToken: string }> =>
  delegate({
    users: createUserReader(fixture.database),
    // What is in a token is a matter of the app's test; here it only needs to show whom it is for.
    delegatedTokens: {
      issue: async ({ id, role }, { purpose, service }) => ({ accessToken: `${service} for ${id}, ${role}: ${purpose}`, expiresIn: 60 }),
    },
    developmentAccounts,
  })(caller, input);

const coded = (code: string) => expect.objectContaining({ code });

describe('acting for somebody else', () => {
  test('is for the service of the purpose, with the role the account has at that moment', async () => {
    expect((await ask(WEBHOOKS, { userId: '1', purpose: 'webhook' })).accessToken).toBe('webhooks for 1, CUSTOMER: webhook');
    await fixture.database.query("update users set role = 'STAFF' where id = '1'");
    expect((await ask(WEBHOOKS, { userId: '1', purpose: 'webhook' })).accessToken).toBe('webhooks for 1, STAFF: webhook');
  });

  test.each<[string, Caller]>([
    ['nobody', ANONYMOUS],
    ['the user', { role: 'customer', userId: '1' }],
    ['an admin', { role: 'admin', userId: '9' }],
    ['another service', { role: 'service', name: 'order' }],
  ])('is not for %s', async (_who, caller) => {
    await expect(ask(caller, { userId: '1', purpose: 'webhook' })).rejects.toEqual(coded('NOT_ALLOWED'));
  });

  test.each(['', 'everything', 'constructor'])('needs a purpose that exists, which %j is not', async (purpose) => {
    await expect(ask(WEBHOOKS, { userId: '1', purpose })).rejects.toEqual(coded('PURPOSE_UNKNOWN'));
  });

  test.each(['3', 'gone', '\0'])('ends with the account: %j has none', async (userId) => {
    await expect(ask(WEBHOOKS, { userId, purpose: 'webhook' })).rejects.toEqual(coded('USER_NOT_FOUND'));
  });

  test('is refused for the accounts of the sample data in production, as signing in is', async () => {
    expect((await ask(WEBHOOKS, { userId: '2', purpose: 'webhook' })).accessToken).toContain('for 2');
    await expect(ask(WEBHOOKS, { userId: '2', purpose: 'webhook' }, false)).rejects.toEqual(coded('DEVELOPMENT_ACCOUNT'));
  });
});
