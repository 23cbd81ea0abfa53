import { type Caller, requireUser, seesEverything } from '@supergraph/identity/caller';
import { type Endpoint, type EndpointWish, MAX_ENDPOINTS_PER_OWNER, newEndpoint } from '../domain/endpoint.ts';
import { tooManyEndpoints } from '../domain/errors.ts';
import { checkEndpoint, type EndpointChecks } from './check-endpoint.ts';
import type { Stamps, TransactWebhooks } from './ports.ts';

/** An endpoint with the secret that it is shown with once. */
export interface WithSecret {
  endpoint: Endpoint;
  secret: string;
}

export const registerEndpoint =
  ({ transact, now, newId, newSecret, ...checks }: { transact: TransactWebhooks; newSecret: () => string } & EndpointChecks & Stamps) =>
  async (caller: Caller, wish: EndpointWish): Promise<WithSecret> => {
    const { userId } = requireUser(caller, 'register a webhook endpoint');
    const isPrivileged = seesEverything(caller);
    const endpoint = newEndpoint({ id: newId(), ownerId: userId, createdAt: now() }, wish, isPrivileged);
    await checkEndpoint(checks, endpoint);
    const secret = newSecret();
    await transact(async (webhooks) => {
      if ((await webhooks.countOf(userId)) >= MAX_ENDPOINTS_PER_OWNER) throw tooManyEndpoints(MAX_ENDPOINTS_PER_OWNER);
      await webhooks.add(endpoint, isPrivileged, { secret, createdAt: endpoint.createdAt, expiresAt: null });
    });
    return { endpoint, secret };
  };
