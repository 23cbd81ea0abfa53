import { callerKey } from '@supergraph/identity/caller-key';
import { createClientAddress } from '@supergraph/identity/client-address';
import type { Identity } from '@supergraph/identity/identity';
import { type RateLimiter, type RateLimitPolicy, type RateLimitResult, rateLimitHeaders } from '@supergraph/identity/rate-limiter';
import type { RouterSettings } from '../settings/router-settings.ts';
import type { RootFieldCounts } from './root-fields.ts';

export interface RateLimitedRequest {
  identity: Pick<Identity, 'caller' | 'claims'>;
  /** Of the socket. */
  remoteAddress: string | undefined;
  /** The header as it came; believed only from trusted proxies. */
  forwardedFor: string | readonly string[] | undefined;
  /** `apollographql-client-name`, as the client claims. */
  clientName?: string | undefined;
}

export interface RateLimitRefusal {
  errors: readonly [{ message: string; extensions: { code: 'RATE_LIMITED'; retryAfterSeconds: number } }];
}

/** `headers` belong on the answer either way; a refused request is answered 429 with `body`. */
export type RateLimitDecision =
  | { allowed: true; headers: Readonly<Record<string, string>> }
  | { allowed: false; headers: Readonly<Record<string, string>>; body: RateLimitRefusal };

export interface RequestRateLimit {
  /** Counts root fields (one at least) for the caller and the client, and sign-ins for the address. */
  check(request: RateLimitedRequest, counts: RootFieldCounts): Promise<RateLimitDecision>;
  /** Counts an operation's estimated cost for the caller; what is left is told of a refused one only. */
  checkCost(request: RateLimitedRequest, estimatedCost: number): Promise<RateLimitDecision>;
}

const ALLOWED: RateLimitDecision = { allowed: true, headers: {} };

const decide = (results: readonly RateLimitResult[], tellsLeft: boolean): RateLimitDecision => {
  const isAllowed = results.every(({ allowed }) => allowed);
  if (isAllowed && !tellsLeft) return ALLOWED;
  const headers = rateLimitHeaders(...results);
  if (isAllowed) return { allowed: true, headers };
  const retryAfterSeconds = Number(headers['retry-after']);
  const message = `Too many requests. Try again in ${retryAfterSeconds} s.`;
  return { allowed: false, headers, body: { errors: [{ message, extensions: { code: 'RATE_LIMITED', retryAfterSeconds } }] } };
};

type Consumption = readonly [limiter: RateLimiter, key: string, points: number];

/** One after the other up to the first that refuses, so that a refused request costs nothing elsewhere. */
const consumeAll = async (consumptions: readonly Consumption[], tellsLeft: boolean): Promise<RateLimitDecision> => {
  const results: RateLimitResult[] = [];
  for (const [limiter, key, points] of consumptions) {
    const result = await limiter.consume(key, points);
    results.push(result);
    if (!result.allowed) break;
  }
  return decide(results, tellsLeft);
};

/** The rate limits of `router.yaml`; `createLimiter` decides where they are counted. */
export const createRequestRateLimit = (
  settings: RouterSettings['rateLimits'],
  createLimiter: (policy: RateLimitPolicy) => RateLimiter,
): RequestRateLimit => {
  if (!settings.enabled) return { check: async () => ALLOWED, checkCost: async () => ALLOWED };
  const anonymous = createLimiter({ name: 'anonymous', ...settings.anonymous });
  const authenticated = createLimiter({ name: 'authenticated', ...settings.authenticated });
  const operationCost = createLimiter({ name: 'operation-cost', ...settings.operationCost });
  const signIn = createLimiter({ name: 'sign-in', ...settings.signIn });
  const clients = new Map(Object.entries(settings.clients).map(([name, bucket]) => [name, createLimiter({ name: 'client', ...bucket })]));
  const addressOf = createClientAddress(settings.trustedProxies);
  const addressKey = ({ remoteAddress, forwardedFor }: RateLimitedRequest): string => `address:${addressOf(remoteAddress, forwardedFor)}`;

  return {
    check: (request, { rootFields, signIns }) => {
      const caller = callerKey(request.identity);
      const points = Math.max(1, rootFields);
      const consumptions: Consumption[] = [caller === undefined ? [anonymous, addressKey(request), points] : [authenticated, caller, points]];
      const client = request.clientName === undefined ? undefined : clients.get(request.clientName);
      if (client !== undefined) consumptions.push([client, request.clientName ?? '', points]);
      if (signIns > 0) consumptions.push([signIn, addressKey(request), signIns]);
      return consumeAll(consumptions, true);
    },
    checkCost: (request, estimatedCost) => consumeAll([[operationCost, callerKey(request.identity) ?? addressKey(request), estimatedCost]], false),
  };
};
