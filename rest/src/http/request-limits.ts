import { purposeOf } from '@supergraph/identity/delegation';
import type { Identity } from '@supergraph/identity/identity';
import { type RateLimiter, type RateLimitResult, rateLimitHeaders } from '@supergraph/identity/rate-limiter';
import type { RateLimitConnection } from '@supergraph/identity/rate-limiter-connection';
import { createRateLimiter } from '@supergraph/identity/rate-limiter-factory';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { rateLimited } from './request-errors.ts';

/** Names, numbers and keys are those of router.yaml: over a shared Redis a caller has one account for both doors. */
const ANONYMOUS = { name: 'anonymous', points: 1_000, perSeconds: 60 };
const AUTHENTICATED = { name: 'authenticated', points: 3_000, perSeconds: 60 };
const SIGN_IN = { name: 'sign-in', points: 30, perSeconds: 60 };

/** An id counts for its issuer only. What services do for somebody does not use up what that person may do. */
const callerKey = ({ caller, claims }: Identity): string | undefined => {
  if (caller.role === 'anonymous') return undefined;
  if (caller.role === 'service') return `service:${caller.name}`;
  const key = `user:${typeof claims['iss'] === 'string' ? claims['iss'] : ''}|${caller.userId}`;
  const purpose = purposeOf({ claims });
  return purpose === undefined ? key : `${key}|${purpose}`;
};

/** Counts a request, and writes the headers of the limits. @throws RATE_LIMITED */
export type CountRequest = (request: FastifyRequest, reply: FastifyReply, identity: Identity, isSignIn: boolean) => Promise<void>;

export const createRequestLimits = (connection: RateLimitConnection | undefined): CountRequest => {
  const [anonymous, authenticated, signIn] = [ANONYMOUS, AUTHENTICATED, SIGN_IN].map((policy) => createRateLimiter({ ...policy, connection })) as [
    RateLimiter,
    RateLimiter,
    RateLimiter,
  ];
  return async (request, reply, identity, isSignIn) => {
    const address = `address:${request.ip}`;
    const caller = callerKey(identity);
    const results: RateLimitResult[] = [await (caller === undefined ? anonymous.consume(address) : authenticated.consume(caller))];
    // What is refused already costs nothing elsewhere.
    if (isSignIn && results[0]?.allowed === true) results.push(await signIn.consume(address));
    const headers = rateLimitHeaders(...results);
    reply.headers(headers);
    const retryAfter = headers['retry-after'];
    if (retryAfter !== undefined) throw rateLimited(retryAfter);
  };
};
