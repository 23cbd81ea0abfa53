import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { createRejectsFile } from '@supergraph/dataset/rejects-file';
import { runImportProcess, writeTestDataset } from '@supergraph/dataset/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPasswordHasher } from './repositories/password-hash.scrypt.ts';

const ENTRY = new URL('./import.ts', import.meta.url);

let scratch: TestDatabase;
beforeEach(async () => {
  scratch = await createTestDatabase('user', new URL('../migrations/', import.meta.url));
});
afterEach(() => scratch.drop());

const run = (path: string, env: NodeJS.ProcessEnv = {}) => {
  const rejects = join(path, 'rejects.csv');
  createRejectsFile(rejects);
  return runImportProcess(ENTRY, [path, rejects], { USER_DATABASE_URL: scratch.url, ...env });
};
const users = () => scratch.database.query('select id, email, name, country, role, development from users order by id');
const hashes = async () => (await scratch.database.query('select password_hash as hash from users order by id')).map(({ hash }) => hash);

test('imports customers who can sign in with the password of the development accounts, beside an admin and a member of staff; a second time changes nothing', async () => {
  using dataset = writeTestDataset();
  const { code, messages, printed } = await run(dataset.path);
  expect([code, printed]).toEqual([0, '']);
  expect(messages.at(-1)).toEqual({ type: 'done', room: 'user', counts: { users: { read: 2, added: 2, already: 0, rejected: 0 } } });
  expect(await users()).toEqual([
    { id: '7', email: 'ada@example.com', name: 'Ada', country: 'France', role: 'CUSTOMER', development: true },
    { id: '8', email: 'bob@example.com', name: 'Bob', country: 'Norway', role: 'CUSTOMER', development: true },
    { id: 'admin', email: 'admin@example.com', name: 'Admin', country: 'United Kingdom', role: 'ADMIN', development: true },
    { id: 'staff', email: 'staff@example.com', name: 'Staff', country: 'United Kingdom', role: 'STAFF', development: true },
  ]);
  // Hashing is slow on purpose: once for all of them.
  const [hash, ...others] = (await hashes()) as string[];
  expect(others).toEqual([hash, hash, hash]);
  expect(await createPasswordHasher().verify('supergraph', hash)).toBe(true);

  await scratch.database.query(`update users set name = 'Ada L.' where id = '7'`);
  const before = [await users(), await hashes()];
  expect((await run(dataset.path)).messages.at(-1)).toMatchObject({ counts: { users: { read: 2, added: 0, already: 2, rejected: 0 } } });
  expect([await users(), await hashes()]).toEqual(before);
});

test('in production makes no accounts of ours, and gives nobody a password', async () => {
  using dataset = writeTestDataset();
  const { code } = await run(dataset.path, { NODE_ENV: 'production' });
  expect(code).toBe(0);
  expect(await users()).toEqual([
    { id: '7', email: 'ada@example.com', name: 'Ada', country: 'France', role: 'CUSTOMER', development: false },
    { id: '8', email: 'bob@example.com', name: 'Bob', country: 'Norway', role: 'CUSTOMER', development: false },
  ]);
  expect(await hashes()).toEqual([null, null]);
});

test('lets no row of a data set become the admin, by id or by address', async () => {
  using dataset = writeTestDataset({
    users: 'id,email,name,country\nadmin,eve@example.com,Eve,France\n9,Admin@Example.com,Mallory,France\n7,ada@example.com,Ada,France\n',
    orders: 'id,user_id,status,placed_at\n1,7,PAID,2011-01-01T10:00:00Z\n',
  });
  await run(dataset.path);
  expect((await users()).map(({ id, email, role }) => [id, email, role])).toEqual([
    ['7', 'ada@example.com', 'CUSTOMER'],
    ['admin', 'admin@example.com', 'ADMIN'],
    ['staff', 'staff@example.com', 'STAFF'],
  ]);
});

test('leaves bad rows out and counts them: no address, no id, an address twice', async () => {
  using dataset = writeTestDataset({
    users: 'id,email,name,country\n7,ada@example.com,Ada,France\n8,nowhere,Bob,Norway\n,c@example.com,C,Spain\n9,ADA@example.com,Ada,France\n',
  });
  const { code, messages } = await run(dataset.path, { NODE_ENV: 'production' });
  expect(code).toBe(0);
  expect(messages.at(-1)).toMatchObject({ counts: { users: { read: 4, added: 1, already: 0, rejected: 3 } } });
  expect((await users()).map(({ id }) => id)).toEqual(['7']);
});

test('names the setting when its database cannot be reached', async () => {
  using dataset = writeTestDataset();
  const { code, messages } = await run(dataset.path, { USER_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
  expect(code).toBe(2);
  expect(messages.at(-1)).toMatchObject({ type: 'failed', fix: 'start that PostgreSQL, or set USER_DATABASE_URL to one that runs' });
});
