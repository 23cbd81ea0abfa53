import type { Identity } from '@supergraph/identity/identity';
import { internalHeaders } from '@supergraph/identity/internal-token';
import { OWNER_ID } from './plan.ts';

/** The room's GraphQL, as its owner uses it through the router. */
export interface WebhooksApi {
  register(url: string, eventType: string): Promise<{ id: string; secret: string }>;
  /** Ids of every delivery of the endpoint that was given up. */
  exhausted(endpointId: string): Promise<string[]>;
  replay(deliveryId: string): Promise<void>;
}

interface Deliveries {
  webhookEndpoint: { deliveries: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } } | null;
}

const OWNER: Identity = { caller: { role: 'customer', userId: OWNER_ID }, scopes: ['webhooks:manage'], claims: {} };

const REGISTER = `mutation ($input: RegisterWebhookEndpointInput!) { registerWebhookEndpoint(input: $input) { endpoint { id } secret } }`;
const EXHAUSTED = `query ($id: ID!, $after: String) {
  webhookEndpoint(id: $id) { deliveries(first: 100, after: $after, status: EXHAUSTED) { nodes { id } pageInfo { hasNextPage endCursor } } }
}`;
const REPLAY = 'mutation ($input: ReplayWebhookDeliveryInput!) { replayWebhookDelivery(input: $input) { delivery { id } } }';

export const createWebhooksApi = (url: string, key: string): WebhooksApi => {
  const ask = async <Data>(query: string, variables: Record<string, unknown>): Promise<Data> => {
    const body = JSON.stringify({ query, variables });
    const response = await fetch(url, {
      method: 'POST',
      headers: internalHeaders(key, 'webhooks', OWNER, body),
      body,
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    if (response.status !== 200 || text.includes('"errors"')) throw new Error(`webhooks answered ${response.status}: ${text.slice(0, 400)}`);
    return (JSON.parse(text) as { data: Data }).data;
  };
  const page = async (id: string, after: string | null): Promise<string[]> => {
    const { webhookEndpoint } = await ask<Deliveries>(EXHAUSTED, { id, after });
    const { nodes = [], pageInfo } = webhookEndpoint?.deliveries ?? {};
    const ids = nodes.map((node) => node.id);
    return pageInfo?.hasNextPage === true ? [...ids, ...(await page(id, pageInfo.endCursor))] : ids;
  };
  return {
    register: async (target, eventType) => {
      type Answer = { registerWebhookEndpoint: { endpoint: { id: string }; secret: string } };
      const { registerWebhookEndpoint } = await ask<Answer>(REGISTER, { input: { url: target, eventTypes: [eventType] } });
      return { id: registerWebhookEndpoint.endpoint.id, secret: registerWebhookEndpoint.secret };
    },
    exhausted: (endpointId) => page(endpointId, null),
    replay: async (deliveryId) => void (await ask(REPLAY, { input: { id: deliveryId } })),
  };
};
