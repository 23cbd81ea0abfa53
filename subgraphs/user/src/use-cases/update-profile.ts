import { requireVersion } from '@supergraph/errors/version-mismatch';
import { type Caller, requireUser } from '@supergraph/identity/caller';
import { userNotFound } from '../domain/errors.ts';
import { type User, withProfile } from '../domain/user.ts';
import { userUpdatedEvent } from '../domain/user-events.ts';
import type { TransactAccounts } from './ports.ts';

export interface UpdateProfile {
  name?: string | null | undefined;
  country?: string | null | undefined;
}

export const updateProfile =
  ({ transact, now, newId }: { transact: TransactAccounts; now: () => Date; newId: () => string }) =>
  async (caller: Caller, input: UpdateProfile, expectedVersion?: number): Promise<User> => {
    const { userId } = requireUser(caller, 'change your profile');
    return transact(async ({ users }, publish) => {
      const found = await users.lock(userId);
      if (found === undefined) throw userNotFound(userId);
      requireVersion('Your profile', expectedVersion, found.version);
      const changed = await users.change(withProfile(found, input));
      await publish(userUpdatedEvent(changed, { id: newId(), time: now() }));
      return changed;
    });
  };
