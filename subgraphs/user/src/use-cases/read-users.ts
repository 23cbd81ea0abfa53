import { type Caller, requireStaff, seesEverything } from '@supergraph/identity/caller';
import type { Page, PageRequest } from '@supergraph/pagination';
import { normaliseEmail, type User } from '../domain/user.ts';
import type { UserReader } from './ports.ts';

const mayKnow = (caller: Caller, userId: string): boolean => seesEverything(caller) || ('userId' in caller && caller.userId === userId);

/** Every read of users. Whom the caller may not know is absent, not forbidden: that somebody has an account is private too. */
export const readUsers = ({ users }: { users: UserReader }) => ({
  me: async (caller: Caller): Promise<User | null> => {
    if (!('userId' in caller)) return null;
    return (await users.byIds([caller.userId])).get(caller.userId) ?? null;
  },

  usersById: async (caller: Caller, ids: readonly string[]): Promise<Map<string, User>> => {
    const known = ids.filter((id) => mayKnow(caller, id));
    return known.length === 0 ? new Map() : users.byIds(known);
  },

  usersByEmail: async (caller: Caller, emails: readonly string[]): Promise<Map<string, User>> => {
    if (caller.role === 'anonymous') return new Map();
    const found = await users.byEmails(emails.map(normaliseEmail));
    const entries = emails.map((email) => [email, found.get(normaliseEmail(email))] as const);
    return new Map(entries.filter((entry): entry is [string, User] => entry[1] !== undefined && mayKnow(caller, entry[1].id)));
  },

  users: async (caller: Caller, page: PageRequest): Promise<Page<User>> => {
    requireStaff(caller, 'list users');
    return users.list(page);
  },
});

export type ReadUsers = ReturnType<typeof readUsers>;
