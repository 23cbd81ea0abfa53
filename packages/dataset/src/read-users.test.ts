import { expect, test } from 'vitest';
import { openDatasetFolder } from './dataset-folder.ts';
import { readUsers } from './read-users.ts';
import { collect, collectRejections, writeTestDataset } from './testing.ts';

const read = async (rows: string) => {
  using dataset = writeTestDataset({ users: `id,email,name,country\n1,Ada@Example.com,Ada,France\n${rows}\n` });
  const { lines, reject } = collectRejections();
  return { users: await collect(readUsers(await openDatasetFolder(dataset.path), reject)), lines };
};

const IDENTIFIER = `letters, digits, '.', '_', ':' and '-', at most 64 characters`;

test.each([
  ['a repeated id', '1,b@example.com,B,Spain', "id: got '1', expected a value of its own: line 2 has the same"],
  ['a repeated address', '2,ADA@example.com,B,Spain', "email: got 'ada@example.com', expected a value of its own: line 2 has the same"],
  ['no address', '2,,B,Spain', 'email: got nothing, expected an email address of at most 254 characters'],
  ['something else for an address', '2,b@home,B,Spain', "email: got 'b@home', expected an email address of at most 254 characters"],
  ['no id', ',b@example.com,B,Spain', `id: got nothing, expected ${IDENTIFIER}`],
  ['an id too long', `${'1'.repeat(65)},b@example.com,B,Spain`, `id: got '${'1'.repeat(60)}…', expected ${IDENTIFIER}`],
  ['no country', '2,b@example.com,B,', 'country: got nothing, expected 1 to 64 characters, without control characters'],
  ['a missing column', '2,b@example.com,B', 'got 3 fields, expected 4'],
])('rejects a user with %s', async (_, row, message) => {
  const { users, lines } = await read(row);
  expect(lines).toEqual([`users.csv:3: ${message}`]);
  expect(users).toEqual([{ id: '1', email: 'ada@example.com', name: 'Ada', country: 'France' }]);
});
