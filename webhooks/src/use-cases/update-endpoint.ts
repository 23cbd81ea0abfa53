import { type Caller, seesEverything, signInRequired } from '@supergraph/identity/caller';
import { type Endpoint, type EndpointChanges, withChanges } from '../domain/endpoint.ts';
import { endpointChanged, endpointNotFound } from '../domain/errors.ts';
import { visibilityOf } from '../domain/visibility.ts';
import { checkEndpoint, type EndpointChecks } from './check-endpoint.ts';
import type { TransactWebhooks, WebhookReader } from './ports.ts';

const wantsTheSame = (one: Endpoint, other: Endpoint): boolean =>
  one.url === other.url && one.query === other.query && one.eventTypes.join() === other.eventTypes.join();

/** Changes what is wanted, pauses, resumes, and brings a disabled endpoint back. */
export const updateEndpoint =
  ({ transact, reader, ...checks }: { transact: TransactWebhooks; reader: WebhookReader } & EndpointChecks) =>
  async (caller: Caller, id: string, changes: EndpointChanges): Promise<Endpoint> => {
    if (caller.role === 'anonymous') throw signInRequired('change a webhook endpoint');
    const visibility = visibilityOf(caller);
    const before = (await reader.endpoints([id], visibility)).get(id);
    if (before === undefined) throw endpointNotFound(id);
    // What stands for the owner is judged by the owner's rights, whoever changes it.
    const isPrivileged = seesEverything(caller) && 'userId' in caller && caller.userId === before.ownerId;
    // The checks ask other processes, so they are made outside the transaction, which sees whether they are still about what is stored.
    await checkEndpoint(checks, withChanges(before, changes, isPrivileged), before);
    return transact(async (webhooks) => {
      const found = await webhooks.find(id, visibility);
      if (found === undefined) throw endpointNotFound(id);
      if (!wantsTheSame(before, found)) throw endpointChanged(id);
      const endpoint = withChanges(found, changes, isPrivileged);
      await webhooks.change(endpoint);
      return endpoint;
    });
  };
