import { type DatasetFolder, expectReading } from './dataset-folder.ts';
import { drain, faultOfDuplicate, type Keys, kept, noKeys, oneByOne, readKeyed } from './read-keyed.ts';
import type { Reject } from './rejection.ts';

export interface UserRow {
  id: string;
  /** In lower case. */
  email: string;
  name: string;
  country: string;
}

const readBatches = (folder: DatasetFolder, keys: Keys, reject: Reject) => {
  const emails = new Map<string, number>();
  return readKeyed({
    folder,
    table: 'users',
    keys,
    reject,
    check: ({ email }, line) => {
      const fault = faultOfDuplicate('email', email, emails.get(email));
      if (fault === undefined) emails.set(kept(email), line);
      return fault;
    },
  });
};

/**
 * Reads users.csv row by row, and rejects its bad rows while it does: to be read once, to the end. Rejected: rows whose
 * fields are wrong, repeated ids, repeated addresses (whatever the case).
 * @throws StartupError when the file cannot be read.
 */
export const readUsers = (folder: DatasetFolder, reject: Reject): AsyncIterable<UserRow> => {
  expectReading(folder, ['users']);
  return oneByOne(readBatches(folder, noKeys(), reject), ({ values }) => values);
};

/** The ids that the users' room imports and rejects; tells of no rejection itself. */
export const readUserIds = async (folder: DatasetFolder): Promise<Keys> => {
  const keys = noKeys();
  await drain(readBatches(folder, keys, () => undefined));
  return keys;
};
