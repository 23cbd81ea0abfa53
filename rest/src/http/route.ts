import { signInRequired } from '@supergraph/identity/caller';
import type { Identity } from '@supergraph/identity/identity';
import type { TokenVerifier } from '@supergraph/identity/token-verifier';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { SubgraphClients } from '../subgraphs.ts';
import type { AllowedMethods } from './allowed-methods.ts';
import { readIdempotency } from './idempotency.ts';
import { checkAccept, checkBodyType } from './media-types.ts';
import { expectedVersion } from './preconditions.ts';
import { requestInvalid } from './request-errors.ts';
import type { CountRequest } from './request-limits.ts';
import type { AnyRouteOptions, Call, Deprecation, RouteOptions } from './route-options.ts';
import { routeSchema } from './route-schema.ts';
import { embedIn, fieldsIn } from './selection.ts';
import { sendAnswer } from './send-answer.ts';

/** What routes are added to. */
export interface Api {
  http: FastifyInstance;
  verify: TokenVerifier;
  count: CountRequest;
  allowed: AllowedMethods;
  clients: SubgraphClients;
  /** Keys the hashes of requests. */
  secret: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route was made of, for the documentation. */
    api?: AnyRouteOptions;
  }
}

/** The whole request; calls to subgraphs end with it. */
const DEADLINE_MS = 10_000;
/** A subgraph that is late is told as such; whatever else is late, a moment later. */
const HANDLER_DEADLINE_MS = DEADLINE_MS + 500;

const identities = new WeakMap<FastifyRequest, Identity>();

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

const deprecationHeaders = ({ since, sunset, link }: Deprecation): Record<string, string> => ({
  deprecation: `@${Math.floor(since.getTime() / 1_000)}`,
  ...(sunset && { sunset: sunset.toUTCString() }),
  ...(link && { link: `<${link}>; rel="deprecation"` }),
});

/** Who asks and how often, then whether the two can talk at all: before a body is read. */
const createAdmit =
  ({ verify, count }: Api, { method, signIn, isSignIn, deprecated }: AnyRouteOptions) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.header('vary', 'Authorization');
    if (deprecated) reply.headers(deprecationHeaders(deprecated));
    const identity = await verify(request.headers.authorization);
    await count(request, reply, identity, isSignIn === true);
    if (signIn !== undefined && identity.caller.role === 'anonymous') throw signInRequired(signIn);
    checkAccept(request.headers.accept);
    checkBodyType(method, request.headers);
    identities.set(request, identity);
  };

/** `{}` is what many clients send where nothing is asked for. */
const checkNoBody = (body: unknown): void => {
  if (body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0)) return;
  throw requestInvalid([{ pointer: '', detail: 'this takes no body' }]);
};

const prefersAsync = (request: FastifyRequest): boolean =>
  (header(request, 'prefer') ?? '').split(',').some((preference) => preference.split(';')[0]?.trim().toLowerCase() === 'respond-async');

/** As it came, checked. */
type QueryText = Record<string, string | undefined>;

const readCall = (api: Api, options: AnyRouteOptions, request: FastifyRequest): Call<unknown, unknown, unknown> => {
  const identity = identities.get(request);
  if (identity === undefined) throw new Error('the request was not admitted');
  const { idempotency, ifMatch, embed = [], respondAsync, method } = options;
  if (options.body === undefined) checkNoBody(request.body);
  // What only reads is given up with the client; a write that has begun is finished.
  const signal = method === 'GET' ? request.signal : undefined;
  return {
    params: request.params,
    query: request.query,
    body: request.body,
    identity,
    caller: identity.caller,
    embed: embedIn((request.query as QueryText)['embed'], embed),
    expectedVersion: ifMatch && expectedVersion(header(request, 'if-match'), ifMatch === 'required'),
    idempotency:
      idempotency &&
      readIdempotency(
        header(request, 'idempotency-key'),
        idempotency === 'required',
        { method: request.method, path: request.url, body: request.body },
        api.secret,
      ),
    respondAsync: respondAsync === true && prefersAsync(request),
    subgraphs: api.clients.forRequest({ identity, deadline: Date.now() + DEADLINE_MS, signal }),
    request,
  };
};

/** Adds a route, with its HEAD, to the API and its documentation. */
export const addRoute = <
  Params extends z.ZodType = z.ZodType<unknown>,
  // biome-ignore lint/complexity/noBannedTypes: the shape without parameters.
  Query extends z.ZodRawShape = {},
  Body extends z.ZodType = z.ZodType<undefined>,
>(
  api: Api,
  options: RouteOptions<Params, Query, Body>,
): void => {
  const { method, url, handler } = options;
  const described = options as unknown as AnyRouteOptions;
  api.allowed.add(method, url, options.body !== undefined);
  api.http.route({
    method,
    url,
    schema: routeSchema(described),
    config: { api: described },
    handlerTimeout: HANDLER_DEADLINE_MS,
    onRequest: createAdmit(api, described),
    handler: async (request, reply) => {
      const call = readCall(api, described, request);
      const fields = fieldsIn((request.query as QueryText)['fields'], options.fields ?? []);
      const answer = await handler(call as unknown as Parameters<typeof handler>[0]);
      return sendAnswer(request, reply, { answer, fields, listed: options.listed, cache: options.cache ?? 'personal', caller: call.caller });
    },
  });
};
