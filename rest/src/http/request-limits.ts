import { callerKey } from '@supergraph/identity/caller-key';
import { createClientAddress } from '@supergraph/identity/client-address';
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

/** Counts a request, and writes the headers of the limits. @throws RATE_LIMITED */
export type CountRequest = (request: FastifyRequest, reply: FastifyReply, identity: Identity, isSignIn: boolean) => Promise<void>;

/** @param trustedProxies addresses or ranges whose `X-Forwarded-For` is believed. */
export const createRequestLimits = (connection: RateLimitConnection | undefined, trustedProxies: readonly string[]): CountRequest => {
  const addressOf = createClientAddress(trustedProxies);
  const [anonymous, authenticated, signIn] = [ANONYMOUS, AUTHENTICATED, SIGN_IN].map((policy) => createRateLimiter({ ...policy, connection })) as [
    RateLimiter,
    RateLimiter,
    RateLimiter,
  ];
  return async (request, reply, identity, isSignIn) => {
    const address = `address:${addressOf(request.socket.remoteAddress, request.headers['x-forwarded-for'])}`;
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
