import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { ANONYMOUS, type Caller } from '@supergraph/identity/caller';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTransactAccounts } from '../repositories/transact-accounts.postgres.ts';
import { createUserReader } from '../repositories/user-repository.postgres.ts';
import { readUsers } from './read-users.ts';
import { updateProfile } from './update-profile.ts';

let fixture: TestDatabase;
const statements: string[] = [];

beforeAll(async () => {
  fixture = await createTestDatabase('user', new URL('../../migrations/', import.meta.url));
  await fixture.database.query(
    `insert into users (id, email, name, country, role, created_at)
     select id, 'user-' || id || '@example.com', 'Name ' || id / 3, 'France', 'CUSTOMER', now() from generate_series(1, 10) as id`,
  );
});
afterAll(() => fixture.drop());

const read = () =>
  readUsers({
    users: createUserReader({
      query: (text, values) => {
        statements.push(text);
        return fixture.database.query(text, values);
      },
    }),
  });

const customer: Caller = { role: 'customer', userId: '1' };
const allSeeing: Caller[] = [
  { role: 'staff', userId: '2' },
  { role: 'admin', userId: '3' },
  { role: 'service', name: 'webhooks' },
];

describe('who sees whom', () => {
  test('a customer sees themselves; others are absent, by id and by email', async () => {
    expect([...(await read().usersById(customer, ['1', '2', 'nobody'])).keys()]).toEqual(['1']);
    expect([...(await read().usersByEmail(customer, ['USER-1@example.com', 'user-2@example.com'])).keys()]).toEqual(['USER-1@example.com']);
  });

  test('nobody signed in sees nobody, without asking the database', async () => {
    statements.length = 0;
    expect(await read().usersById(ANONYMOUS, ['1'])).toEqual(new Map());
    expect(await read().usersByEmail(ANONYMOUS, ['user-1@example.com'])).toEqual(new Map());
    expect(await read().me(ANONYMOUS)).toBeNull();
    expect(statements).toEqual([]);
  });

  test.each(allSeeing)('$role sees all, many in one statement', async (caller) => {
    statements.length = 0;
    expect([...(await read().usersById(caller, ['1', '2', 'nobody', '\0'])).keys()].sort()).toEqual(['1', '2']);
    expect([...(await read().usersByEmail(caller, ['user-1@example.com', 'user-2@example.com', '\0'])).keys()].sort()).toHaveLength(2);
    expect(statements).toHaveLength(2);
  });

  test('me is the user the token was made for, while the account exists', async () => {
    expect(await read().me(customer)).toMatchObject({ id: '1', email: 'user-1@example.com' });
    expect(await read().me({ role: 'customer', userId: 'deleted' })).toBeNull();
    expect(await read().me({ role: 'service', name: 'webhooks' })).toBeNull();
  });
});

describe('the list of users', () => {
  test('is for staff only', async () => {
    const page = { limit: 10, after: undefined };
    await expect(read().users(ANONYMOUS, page)).rejects.toThrow(expect.objectContaining({ code: 'SIGN_IN_REQUIRED' }));
    await expect(read().users(customer, page)).rejects.toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }));
    for (const caller of allSeeing) expect((await read().users(caller, page)).items).toHaveLength(10);
  });

  test('goes through everybody once, by name and id, also where names are equal', async () => {
    const staff = allSeeing[0] as Caller;
    const seen: string[] = [];
    let after: [string, string] | undefined;
    for (let hasNextPage = true; hasNextPage; ) {
      const page = await read().users(staff, { limit: 2, after });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((user) => user.id));
      const last = page.items.at(-1);
      after = last && [last.name, last.id];
      hasNextPage = page.hasNextPage;
    }
    expect(seen).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '10', '9']);
  });
});

describe('a profile', () => {
  const update = () =>
    updateProfile({ transact: createTransactAccounts(fixture.database, 'a secret of tests'), now: () => new Date(), newId: randomUUID });

  test('is changed by its owner, part by part, at the same moment too', async () => {
    for (let round = 0; round < 10; round += 1) {
      const change = { name: `Ada ${round}`, country: `Country ${round}` };
      await Promise.all([update()(customer, { name: change.name }), update()(customer, { country: change.country })]);
      expect(await read().me(customer)).toMatchObject({ ...change, email: 'user-1@example.com', role: 'CUSTOMER' });
    }
    expect(await read().me({ role: 'customer', userId: '2' })).toMatchObject({ name: 'Name 0', country: 'France' });
  });

  test('needs somebody who is signed in and still there, and valid values', async () => {
    await expect(update()(ANONYMOUS, { name: 'Eve' })).rejects.toThrow(expect.objectContaining({ code: 'SIGN_IN_REQUIRED' }));
    await expect(update()({ role: 'service', name: 'webhooks' }, { name: 'Eve' })).rejects.toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }));
    await expect(update()({ role: 'customer', userId: 'gone' }, {})).rejects.toThrow(expect.objectContaining({ code: 'USER_NOT_FOUND' }));
    await expect(update()({ role: 'customer', userId: '5' }, { name: '' })).rejects.toThrow(expect.objectContaining({ code: 'USER_INVALID' }));
    expect(await read().me({ role: 'customer', userId: '5' })).toMatchObject({ name: 'Name 1' });
  });
});
