import { onBehalfOf } from '@supergraph/bff/on-behalf-of';
import { readBody, readParameters } from '@supergraph/bff/request-reader';
import type { OnBehalfOf, RawAnswer, RouterClient } from '@supergraph/bff/router-client';
import { signInRequired } from '@supergraph/identity/caller';
import { createClientAddress } from '@supergraph/identity/client-address';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { passAnswer } from './graphql-proxy.ts';
import { mergeStreams } from './merge-streams.ts';
import { persistedOperation } from './persisted-operation.ts';
import { createStreamPlaces } from './stream-places.ts';

export const STREAM_ENDPOINT = { method: 'POST', url: '/graphql/stream' } as const;

/** As many orders as the page follows at once. */
const MAX_SUBSCRIPTIONS = 25;
const HEARTBEAT_MS = 12_000;
const SLOW_READER_MS = 20_000;
/** Subscriptions, each of which is one of the router's, who takes 10,000: a few full tabs, an office, and half of what one router has. */
const PLACES = { perSession: 4 * MAX_SUBSCRIPTIONS, perAddress: 1_000, inAll: 5_000 };

const operationList = z.array(persistedOperation).min(1).max(MAX_SUBSCRIPTIONS);

type Opened = Awaited<ReturnType<RouterClient['subscribe']>>;

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would collect what is to arrive at once.
  'x-accel-buffering': 'no',
};

const refusalAmong = (opened: readonly Opened[]): RawAnswer | undefined =>
  opened.map((each) => (each.events === undefined ? each.refusal : undefined)).find((refusal) => refusal !== undefined);

/** Ends what belongs to a stream, once: its subscriptions at the router and its place. */
const createEnding = (leave: () => void) => {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    end: (): void => {
      if (controller.signal.aborted) return;
      controller.abort();
      leave();
    },
  };
};

/**
 * The storefront's own subscriptions, by their ids and for who is signed in: one (graphql-sse, a connection of its own) or a list of them, whose
 * events then carry the place in the list as `id`. The router verifies the token, and ends the stream when that expires.
 * @param trustedProxies addresses or ranges whose `X-Forwarded-For` is believed.
 */
export const addSubscriptionRelay = (http: FastifyInstance, router: RouterClient, trustedProxies: readonly string[]): void => {
  const addressOf = createClientAddress(trustedProxies);
  const places = createStreamPlaces(PLACES);
  const closing = new AbortController();
  // Else the streams would hold up the end of the process; pages subscribe to another one.
  http.addHook('preClose', async () => closing.abort());

  const open = async (operations: readonly unknown[], onBehalfOf: OnBehalfOf, end: () => void): Promise<Opened[]> =>
    Promise.all(operations.map((operation) => router.subscribe(operation, onBehalfOf))).catch((error: unknown) => {
      end();
      throw error;
    });

  http.route({
    ...STREAM_ENDPOINT,
    handler: async (request, reply): Promise<FastifyReply> => {
      readParameters(z.strictObject({}), request.query);
      const isList = Array.isArray(request.body);
      const operations = isList ? readBody(operationList, request.body) : [readBody(persistedOperation, request.body)];
      const { authorization } = request.headers;
      if (authorization === undefined) throw signInRequired('follow what changes');
      const address = addressOf(request.socket.remoteAddress, request.headers['x-forwarded-for']);
      const ending = createEnding(places.take({ session: authorization, address }, operations.length));
      const gone = (): void => ending.end();
      reply.raw.once('close', gone);
      const signal = AbortSignal.any([ending.signal, closing.signal]);
      const opened = await open(operations, { ...onBehalfOf(request), signal }, ending.end);
      const refusal = refusalAmong(opened);
      if (refusal !== undefined) {
        ending.end();
        return passAnswer(reply, refusal);
      }
      // Read from this moment on: `opened` holds them no longer.
      const streams = opened.flatMap(({ events }) => events ?? []);
      const merged = mergeStreams(streams, { named: isList, heartbeatMs: HEARTBEAT_MS, slowReaderMs: SLOW_READER_MS, signal });
      merged.once('close', gone);
      return reply.headers(streamHeaders).send(merged);
    },
  });
};
