import { type Caller, signInRequired } from '@supergraph/identity/caller';
import { endpointNotFound } from '../domain/errors.ts';
import { visibilityOf } from '../domain/visibility.ts';
import type { TransactWebhooks } from './ports.ts';

/** With its keys, deliveries and attempts. */
export const deleteEndpoint =
  ({ transact }: { transact: TransactWebhooks }) =>
  async (caller: Caller, id: string): Promise<void> => {
    if (caller.role === 'anonymous') throw signInRequired('delete a webhook endpoint');
    await transact(async (webhooks) => {
      const endpoint = await webhooks.find(id, visibilityOf(caller));
      if (endpoint === undefined) throw endpointNotFound(id);
      await webhooks.remove(endpoint.id);
    });
  };
