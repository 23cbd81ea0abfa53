import { type Caller, notAllowed, signInRequired } from '@supergraph/identity/caller';
import { purposeOf } from '@supergraph/identity/delegation';
import type { Identity } from '@supergraph/identity/identity';
import { type RateLimiter, rateLimitHeaders } from '@supergraph/identity/rate-limiter';
import type { TokenVerifier } from '@supergraph/identity/token-verifier';
import { type ConnectionArguments, parsePage, type SortKeyKind, toConnection } from '@supergraph/pagination';
import type { Logger } from '@supergraph/service/logging';
import { routeNotFound, sendProblem } from '@supergraph/service/problem';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Delivery } from '../domain/delivery.ts';
import { deliveryNotFound, endpointNotFound } from '../domain/errors.ts';
import { replayRangeOf } from '../domain/replay-range.ts';
import type { UseCases } from '../use-cases/use-cases.ts';
import { toDeliveryResource, toEndpointResource } from './rest-dto.ts';
import { deliveriesQuery, idParams, pageQuery, read, registerBody, replayBody, updateBody } from './rest-requests.ts';

export interface WebhookRoutesOptions {
  useCases: UseCases;
  /** Checks the access tokens of callers. */
  verify: TokenVerifier;
  /** Counts requests by caller, and by address where nobody is signed in. */
  limiter: RateLimiter;
  logger: Logger;
}

const BODY_LIMIT_BYTES = 65_536;
const KEYS: readonly SortKeyKind[] = ['time', 'string'];
const EMPTY = { items: [], hasNextPage: false };

const defined = (args: { first?: number | undefined; after?: string | undefined }): ConnectionArguments => ({ first: args.first, after: args.after });

const idOf = (request: FastifyRequest): string => read(idParams, request.params).id;

type CallerOf = (request: FastifyRequest) => Promise<Caller>;

const tooManyRequests = (seconds: number): Error =>
  Object.assign(new Error(`Too many requests. Try again in ${seconds} s.`), { statusCode: 429, code: 'RATE_LIMITED' });

/** Finds out who asks, and how often. */
const createDoor = ({ verify, limiter }: Pick<WebhookRoutesOptions, 'verify' | 'limiter'>) => {
  const identities = new WeakMap<FastifyRequest, Identity>();
  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const identity = await verify(request.headers.authorization);
    const { caller } = identity;
    const counted = await limiter.consume('userId' in caller ? `user:${caller.userId}` : `address:${request.ip}`);
    reply.headers(rateLimitHeaders(counted));
    if (!counted.allowed) throw tooManyRequests(counted.resetSeconds);
    identities.set(request, identity);
  };
  const callerOf: CallerOf = async (request) => {
    const identity = identities.get(request);
    if (identity === undefined || identity.caller.role === 'anonymous') throw signInRequired('manage webhooks');
    // Such a token is for one query in somebody's name, not for their account.
    if (purposeOf(identity) !== undefined) throw notAllowed('manage webhooks with a delegated token');
    return identity.caller;
  };
  return { admit, callerOf };
};

const addEndpointRoutes = (scope: FastifyInstance, useCases: UseCases, callerOf: CallerOf): void => {
  scope.post('/endpoints', async (request, reply) => {
    const { endpoint, secret } = await useCases.registerEndpoint(await callerOf(request), read(registerBody, request.body));
    return reply
      .code(201)
      .header('location', `/webhooks/endpoints/${endpoint.id}`)
      .send({ ...toEndpointResource(endpoint), secret });
  });
  scope.get('/endpoints', async (request) => {
    const page = parsePage(defined(read(pageQuery, request.query)), KEYS);
    const endpoints = await useCases.read.listEndpoints(await callerOf(request), page);
    const { nodes, pageInfo } = toConnection(endpoints, page, ({ createdAt, id }) => [createdAt.toISOString(), id], toEndpointResource);
    return { items: nodes, next: pageInfo.hasNextPage ? pageInfo.endCursor : null };
  });
  scope.get('/endpoints/:id', async (request) => {
    const id = idOf(request);
    const endpoint = (await useCases.read.endpoints(await callerOf(request), [id])).get(id);
    if (endpoint === undefined) throw endpointNotFound(id);
    return toEndpointResource(endpoint);
  });
  scope.patch('/endpoints/:id', async (request) =>
    toEndpointResource(await useCases.updateEndpoint(await callerOf(request), idOf(request), read(updateBody, request.body))),
  );
  scope.delete('/endpoints/:id', async (request, reply) => {
    await useCases.deleteEndpoint(await callerOf(request), idOf(request));
    return reply.code(204).send();
  });
  scope.post('/endpoints/:id/rotate', async (request) => {
    const { endpoint, secret } = await useCases.rotateKey(await callerOf(request), idOf(request));
    return { ...toEndpointResource(endpoint), secret };
  });
};

const addDeliveryRoutes = (scope: FastifyInstance, useCases: UseCases, callerOf: CallerOf): void => {
  const resourcesOf = async (caller: Caller, deliveries: readonly Delivery[]) => {
    const ids = deliveries.map(({ id }) => id);
    const attempts = await useCases.read.attempts(caller, ids);
    return new Map(deliveries.map((delivery) => [delivery.id, toDeliveryResource(delivery, attempts.get(delivery.id) ?? [])]));
  };
  scope.post('/endpoints/:id/test', async (request, reply) => {
    const delivery = await useCases.testDelivery(await callerOf(request), idOf(request));
    return reply.code(202).header('location', `/webhooks/deliveries/${delivery.id}`).send(toDeliveryResource(delivery, []));
  });
  scope.get('/endpoints/:id/deliveries', async (request) => {
    const id = idOf(request);
    const { status, ...args } = read(deliveriesQuery, request.query);
    const page = parsePage(defined(args), KEYS);
    const caller = await callerOf(request);
    if (!(await useCases.read.endpoints(caller, [id])).has(id)) throw endpointNotFound(id);
    const found = (await useCases.read.deliveriesOf(caller, [id], status, page)).get(id) ?? EMPTY;
    const resources = await resourcesOf(caller, found.items);
    const sortKeys = (delivery: Delivery) => [delivery.createdAt.toISOString(), delivery.id];
    const { nodes, pageInfo } = toConnection(found, page, sortKeys, (delivery) => resources.get(delivery.id));
    return { items: nodes, next: pageInfo.hasNextPage ? pageInfo.endCursor : null };
  });
  scope.get('/deliveries/:id', async (request) => {
    const id = idOf(request);
    const caller = await callerOf(request);
    const delivery = (await useCases.read.deliveries(caller, [id])).get(id);
    if (delivery === undefined) throw deliveryNotFound(id);
    return (await resourcesOf(caller, [delivery])).get(id);
  });
  scope.post('/deliveries/:id/replay', async (request, reply) => {
    const caller = await callerOf(request);
    const delivery = await useCases.replayDelivery(caller, idOf(request));
    return reply.code(202).send((await resourcesOf(caller, [delivery])).get(delivery.id));
  });
  scope.post('/endpoints/:id/replay', async (request, reply) => {
    const { from, to, includeDelivered } = read(replayBody, request.body);
    const range = replayRangeOf(from, to, includeDelivered);
    return reply.code(202).send({ count: await useCases.replayRange(await callerOf(request), idOf(request), range) });
  });
};

/** The public REST door: `/webhooks`, with access tokens; errors as problem+json (RFC 9457). */
export const addWebhookRoutes = async (http: FastifyInstance, { useCases, logger, ...door }: WebhookRoutesOptions): Promise<void> => {
  const { admit, callerOf } = createDoor(door);
  await http.register(
    async (scope) => {
      const toProblem = sendProblem(logger);
      scope.setErrorHandler(toProblem);
      scope.setNotFoundHandler((request, reply) => toProblem(routeNotFound(request.method, request.url.split('?')[0] ?? ''), request, reply));
      scope.addHook('onRoute', (route) => {
        route.bodyLimit = BODY_LIMIT_BYTES;
      });
      scope.addHook('preHandler', admit);
      addEndpointRoutes(scope, useCases, callerOf);
      addDeliveryRoutes(scope, useCases, callerOf);
    },
    { prefix: '/webhooks' },
  );
};
