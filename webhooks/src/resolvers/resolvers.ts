import { type Connection, type ConnectionArguments, type Page, type PageRequest, parsePage, toConnection } from '@supergraph/pagination';
import type { Delivery, DeliveryStatus } from '../domain/delivery.ts';
import type { Endpoint, EndpointChanges } from '../domain/endpoint.ts';
import { endpointNotFound } from '../domain/errors.ts';
import { EVENT_TYPES } from '../domain/event-types.ts';
import { replayRangeOf } from '../domain/replay-range.ts';
import type { Resolvers, UpdateWebhookEndpointInput, WebhookDeliveryStatus } from '../generated/resolvers.ts';
import { type DeliveryDto, type EndpointDto, toAttemptDto, toDeliveryDto, toEndpointDto, type UserReference } from './webhook-dto.ts';

const EMPTY = { items: [], hasNextPage: false };

const pageOf = (args: ConnectionArguments): PageRequest => parsePage(args, ['time', 'string']);

const endpointConnection = (page: Page<Endpoint> | null, request: PageRequest): Connection<EndpointDto> =>
  toConnection(page ?? EMPTY, request, ({ createdAt, id }) => [createdAt.toISOString(), id], toEndpointDto);

const deliveryConnection = (page: Page<Delivery> | null, request: PageRequest): Connection<DeliveryDto> =>
  toConnection(page ?? EMPTY, request, ({ createdAt, id }) => [createdAt.toISOString(), id], toDeliveryDto);

const endpointOrNull = (endpoint: Endpoint | null): EndpointDto | null => endpoint && toEndpointDto(endpoint);
const deliveryOrNull = (delivery: Delivery | null): DeliveryDto | null => delivery && toDeliveryDto(delivery);

const statusOf = (status: WebhookDeliveryStatus): DeliveryStatus => status.toLowerCase() as DeliveryStatus;

const changesOf = ({ url, eventTypes, query, status }: UpdateWebhookEndpointInput): EndpointChanges => ({
  url: url ?? undefined,
  eventTypes: eventTypes ?? undefined,
  query,
  status: status ? (status.toLowerCase() as 'active' | 'paused') : undefined,
});

export const resolvers: Resolvers = {
  Query: {
    webhookEndpoint: async (_, { id }, { loaders }) => endpointOrNull(await loaders.endpoint.load(id)),
    webhookEndpoints: async (_, args, { useCases, caller }) => {
      const request = pageOf(args);
      return endpointConnection(await useCases.read.listEndpoints(caller, request), request);
    },
    webhookDelivery: async (_, { id }, { loaders }) => deliveryOrNull(await loaders.delivery.load(id)),
    webhookEventTypes: () => [...EVENT_TYPES],
  },

  Mutation: {
    registerWebhookEndpoint: async (_, { input: { url, eventTypes, query } }, { useCases, caller }) => {
      const { endpoint, secret } = await useCases.registerEndpoint(caller, { url, eventTypes, query: query ?? null });
      return { endpoint: toEndpointDto(endpoint), secret };
    },
    updateWebhookEndpoint: async (_, { input }, { useCases, caller }) => ({
      endpoint: toEndpointDto(await useCases.updateEndpoint(caller, input.id, changesOf(input))),
    }),
    deleteWebhookEndpoint: async (_, { input: { id } }, { useCases, caller }) => {
      await useCases.deleteEndpoint(caller, id);
      return { id };
    },
    rotateWebhookKey: async (_, { input }, { useCases, caller }) => {
      const { endpoint, secret } = await useCases.rotateKey(caller, input.id);
      return { endpoint: toEndpointDto(endpoint), secret };
    },
    sendTestWebhook: async (_, { input }, { useCases, caller }) => ({ delivery: toDeliveryDto(await useCases.testDelivery(caller, input.id)) }),
    replayWebhookDelivery: async (_, { input }, { useCases, caller }) => ({
      delivery: toDeliveryDto(await useCases.replayDelivery(caller, input.id)),
    }),
    replayWebhookDeliveries: async (_, { input: { endpointId, from, to, includeDelivered } }, { useCases, caller }) => ({
      count: await useCases.replayRange(caller, endpointId, replayRangeOf(from, to, includeDelivered ?? false)),
    }),
  },

  WebhookEndpoint: {
    __resolveReference: async ({ id }, { loaders }) => endpointOrNull(await loaders.endpoint.load(id)),
    owner: ({ ownerId }): UserReference => ({ id: ownerId }),
    deliveries: async ({ id }, { status, ...args }, { loaders }) => {
      const request = pageOf(args);
      const loader = status ? loaders.deliveriesByStatus.get(statusOf(status)) : loaders.deliveries;
      return deliveryConnection((await loader?.load(id, request)) ?? null, request);
    },
  },

  WebhookDelivery: {
    __resolveReference: async ({ id }, { loaders }) => deliveryOrNull(await loaders.delivery.load(id)),
    endpoint: async ({ endpointId }, _, { loaders }) => {
      const endpoint = await loaders.endpoint.load(endpointId);
      if (endpoint === null) throw endpointNotFound(endpointId);
      return toEndpointDto(endpoint);
    },
    attempts: async ({ id }, _, { loaders }) => ((await loaders.attempts.load(id)) ?? []).map(toAttemptDto),
  },

  User: {
    webhookEndpoints: async ({ id }, args, { loaders }) => {
      const request = pageOf(args);
      return endpointConnection(await loaders.endpointsOfOwner.load(id, request), request);
    },
  },
};
