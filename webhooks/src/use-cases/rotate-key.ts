import { type Caller, signInRequired } from '@supergraph/identity/caller';
import { KEY_OVERLAP_MS } from '../domain/endpoint.ts';
import { endpointNotFound, rotationTooSoon } from '../domain/errors.ts';
import { visibilityOf } from '../domain/visibility.ts';
import type { TransactWebhooks } from './ports.ts';
import type { WithSecret } from './register-endpoint.ts';

/** A new key that signs from now on; the one before signs beside it for 24 hours. */
export const rotateKey =
  ({ transact, now, newSecret }: { transact: TransactWebhooks; now: () => Date; newSecret: () => string }) =>
  async (caller: Caller, id: string): Promise<WithSecret> => {
    if (caller.role === 'anonymous') throw signInRequired('rotate the key of a webhook endpoint');
    return transact(async (webhooks) => {
      const endpoint = await webhooks.find(id, visibilityOf(caller));
      if (endpoint === undefined) throw endpointNotFound(id);
      const createdAt = now();
      const ending = (await webhooks.keys(endpoint.id, createdAt)).find(({ expiresAt }) => expiresAt !== null);
      if (ending?.expiresAt) throw rotationTooSoon(ending.expiresAt);
      const secret = newSecret();
      await webhooks.addKey(endpoint.id, { secret, createdAt, expiresAt: null }, new Date(createdAt.getTime() + KEY_OVERLAP_MS));
      return { endpoint, secret };
    });
  };
