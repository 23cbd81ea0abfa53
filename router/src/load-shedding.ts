import type { IncomingMessage, ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import type { Refusal } from './door/refusal.ts';

const RESOLUTION_MS = 20;
const SAMPLE_MS = 200;
const NANOSECONDS_PER_MS = 1e6;
const RETRY_AFTER = { 'retry-after': '1' };

export const OVERLOADED: Refusal = {
  status: 503,
  code: 'OVERLOADED',
  message: 'The router has too much to do at the moment. Try again shortly.',
  headers: RETRY_AFTER,
};

const OVERLOADED_BODY = JSON.stringify({ errors: [{ message: OVERLOADED.message, extensions: { code: OVERLOADED.code } }] });

export interface LoadLimits {
  maxInFlight: number;
  maxEventLoopDelayMs: number;
}

export interface LoadGauge {
  /** Requests that were let in and are not answered yet. */
  inFlight(): number;
  /** Requests refused since the start. */
  shed(): number;
  /** Whether the server closes: nobody is let in any more, and no connection is kept. */
  isClosing(): boolean;
  /** Whether nobody is let in at this moment. */
  isFull(): boolean;
  /** Counts what comes by no request of its own until it is let go; false when it is too much. */
  enter(): boolean;
  leave(): void;
  /** From now on the answer keeps coming: its request is in flight no longer. */
  release(answer: ServerResponse): void;
}

const isHealthCheck = (url: string): boolean => url === '/health' || url.startsWith('/health/');

/** True while the event loop was late on average in two samples running: one long pause is no overload. */
const watchEventLoop = (http: FastifyInstance, maxDelayMs: () => number): (() => boolean) => {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let lateSamples = 0;
  const sample = setInterval(() => {
    if (delays.count === 0) return;
    lateSamples = delays.mean / NANOSECONDS_PER_MS - RESOLUTION_MS > maxDelayMs() ? lateSamples + 1 : 0;
    delays.reset();
  }, SAMPLE_MS).unref();
  http.addHook('onClose', async () => {
    clearInterval(sample);
    delays.disable();
  });
  return () => lateSamples > 1;
};

/**
 * Answers 503 at once, before anything is read or parsed, when too many requests are in flight or the event loop is late.
 * Health checks pass until the server closes. `limits` is asked for every request, so that a reload counts.
 * @param isLetIn tells of requests that have a place already.
 */
export const addLoadShedding = (
  http: FastifyInstance,
  limits: () => LoadLimits,
  isLetIn: (request: IncomingMessage) => boolean = () => false,
): LoadGauge => {
  const isLate = watchEventLoop(http, () => limits().maxEventLoopDelayMs);
  let isClosing = false;
  http.addHook('preClose', async () => {
    isClosing = true;
  });
  let inFlight = 0;
  let shed = 0;
  const released = new WeakSet<ServerResponse>();
  const isFull = (): boolean => isClosing || inFlight >= limits().maxInFlight || isLate();
  const enter = (): boolean => {
    if (isFull()) {
      shed += 1;
      return false;
    }
    inFlight += 1;
    return true;
  };
  const leave = (): void => {
    inFlight -= 1;
  };
  http.addHook('onRequest', (request, reply, done) => {
    // Whoever let it in gives its place back.
    if ((isHealthCheck(request.url) && !isClosing) || isLetIn(request.raw)) return done();
    if (!enter()) {
      reply.code(503).headers(RETRY_AFTER).type('application/json; charset=utf-8').send(OVERLOADED_BODY);
      return;
    }
    // Not onResponse: a client that goes away before its answer has none.
    reply.raw.once('close', () => {
      if (!released.delete(reply.raw)) leave();
    });
    done();
  });
  return {
    inFlight: () => inFlight,
    shed: () => shed,
    isClosing: () => isClosing,
    isFull,
    enter,
    leave,
    release: (answer) => {
      if (released.has(answer) || answer.closed) return;
      released.add(answer);
      leave();
    },
  };
};
