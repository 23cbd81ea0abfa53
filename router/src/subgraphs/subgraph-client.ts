import { performance } from 'node:perf_hooks';
import type { Logger } from '@supergraph/service/logging';
import { type CircuitBreakerOptions, type CircuitState, createCircuitBreaker, type Outcome } from './circuit-breaker.ts';
import { createConcurrencyLimit } from './concurrency-limit.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { createFailureReport } from './failure-report.ts';
import type { HttpAnswer, HttpExchanges } from './http-exchange.ts';
import { createPlainExchanges } from './plain-exchanges.ts';
import { readAnswer } from './read-answer.ts';
import { createRetryBudget } from './retry-budget.ts';
import { SubgraphCall } from './subgraph-call.ts';
import { type SubgraphAnswer, SubgraphFailure, type SubgraphFailureCode } from './subgraph-failure.ts';
import { headersOf, OWN_HEADERS, type Sign, type SubgraphMessage, type SubgraphOperation, toMessage } from './subgraph-message.ts';
import { createUndiciExchanges } from './undici-exchanges.ts';

export interface SubgraphTraffic {
  /** For a whole fetch: waiting for a slot, retries and reading the answer. */
  timeoutMs: number;
  maxConcurrent: number;
  maxQueued: number;
  maxResponseBytes: number;
  /** `max` retries of one query, and on average no more than `budgetRatio` of all fetches. */
  retries: { budgetRatio: number; max: number };
  breaker: CircuitBreakerOptions;
  /** Fetches of entities that one request makes at the same time go in one HTTP request. */
  coalesce: boolean;
  /** Identical queries of several requests that are under way at the same time are sent once. */
  share: boolean;
}

export const DEFAULT_TRAFFIC: SubgraphTraffic = {
  timeoutMs: 5_000,
  maxConcurrent: 100,
  maxQueued: 200,
  maxResponseBytes: 10 * 1024 * 1024,
  retries: { budgetRatio: 0.2, max: 1 },
  breaker: { failures: 5, openMs: 5_000, halfOpenProbes: 1 },
  coalesce: true,
  share: false,
};

/** One finished fetch, for metrics. */
export interface FetchRecord {
  subgraph: string;
  kind: 'query' | 'mutation';
  durationMs: number;
  /** HTTP requests made: 0 when refused here, 2 when retried. */
  attempts: number;
  code?: SubgraphFailureCode;
}

export interface SubgraphClientOptions {
  name: string;
  url: string;
  logger: Logger;
  traffic?: Partial<SubgraphTraffic>;
  sign?: Sign;
  onFetch?: (fetch: FetchRecord) => void;
  /** Milliseconds, for the circuit breaker. */
  clock?: () => number;
}

export interface SubgraphRequest extends SubgraphOperation {
  kind: 'query' | 'mutation';
  /** Part of a mutation: what it reads may not be older than what that wrote. */
  isFresh?: boolean | undefined;
  /** In `performance.now()` milliseconds. */
  deadline: number;
  signal?: AbortSignal | undefined;
  /** Where in the response an error of the whole fetch belongs. */
  path?: readonly (string | number)[] | undefined;
}

export interface SubgraphState {
  circuit: CircuitState;
  /** Milliseconds until an open circuit lets a probe through. */
  probeInMs: number;
  running: number;
  queued: number;
}

export interface SubgraphClient {
  /** Never rejects: a fetch that fails is an answer with one error. */
  send(request: SubgraphRequest): Promise<SubgraphAnswer>;
  state(): SubgraphState;
  /** Refuses new fetches, waits for those under way, then closes the connections. */
  close(): Promise<void>;
}

const MAX_CONNECT_MS = 3_000;
const MIN_PAUSE_MS = 10;
const PAUSE_JITTER_MS = 40;

interface Attempts {
  made: number;
}

const createExchanges = (address: string, { timeoutMs, maxConcurrent, maxResponseBytes: maxBytes }: SubgraphTraffic): HttpExchanges => {
  const url = new URL(address);
  const options = { url, headers: OWN_HEADERS, maxBytes, connectTimeoutMs: Math.min(timeoutMs, MAX_CONNECT_MS) };
  return url.protocol === 'http:' ? createPlainExchanges(options) : createUndiciExchanges(options, maxConcurrent);
};

/** One subgraph over HTTP/1.1, with everything that keeps a subgraph in trouble from troubling the rest. */
export const createSubgraphClient = (options: SubgraphClientOptions): SubgraphClient => {
  const { name, url, logger, sign, onFetch, clock = () => performance.now() } = options;
  const traffic: SubgraphTraffic = { ...DEFAULT_TRAFFIC, ...options.traffic };
  const { timeoutMs, maxConcurrent, retries } = traffic;
  const exchanges = createExchanges(url, traffic);
  const limit = createConcurrencyLimit(maxConcurrent, traffic.maxQueued);
  const budget = createRetryBudget(retries.budgetRatio);
  const breaker = createCircuitBreaker(traffic.breaker, clock, (circuit) => logger.warn({ subgraph: name, circuit }, 'subgraph circuit changed'));
  const report = createFailureReport({ name, url, logger });
  const timer = new DeadlineTimer();
  let closed: Promise<void> | undefined;

  const exchange = (message: SubgraphMessage, isSafe: boolean, call: SubgraphCall): Promise<HttpAnswer> =>
    call.until((resolve, reject) => {
      const request = { headers: headersOf(message, call.remainingMs()), body: message.body, isSafe };
      return exchanges.start(request, { resolve, reject, released: limit.release });
    });

  const waitForSlot = (call: SubgraphCall): Promise<void> =>
    call.until((resolve, reject) => {
      const stopWaiting = limit.wait(resolve);
      if (stopWaiting === undefined) reject(new SubgraphFailure('SUBGRAPH_OVERLOADED', `${maxConcurrent} running, ${traffic.maxQueued} waiting`));
      return (failure) => {
        stopWaiting?.();
        reject(failure);
      };
    });

  const refusal = (): SubgraphFailure => new SubgraphFailure('SUBGRAPH_CIRCUIT_OPEN', `the circuit is open, next probe in ${breaker.probeInMs()} ms`);

  /** A deadline that a client made short says little about the subgraph. */
  const outcomeOf = (error: unknown, startedAt: number): Outcome => {
    if (!(error instanceof SubgraphFailure)) return 'inconclusive';
    if (error.code === 'SUBGRAPH_TIMEOUT') return performance.now() - startedAt >= timeoutMs / 2 ? 'failure' : 'inconclusive';
    return error.outcome;
  };

  /** @returns the permit for one attempt, whose slot is taken. */
  const admit = (call: SubgraphCall): number => {
    const permit = call.failure === undefined ? breaker.admit() : undefined;
    if (permit !== undefined) return permit;
    limit.release();
    throw call.failure ?? refusal();
  };

  const mayRetry = (error: unknown, call: SubgraphCall, attempts: Attempts): boolean =>
    error instanceof SubgraphFailure &&
    error.retryable &&
    attempts.made <= retries.max &&
    call.remainingMs() > MIN_PAUSE_MS + PAUSE_JITTER_MS &&
    !breaker.refuses() &&
    budget.withdraw();

  const firstMessage = (request: SubgraphRequest): SubgraphMessage => {
    if (closed !== undefined) throw new SubgraphFailure('SUBGRAPH_UNAVAILABLE', 'the client is closed', { abandoned: true });
    const message = toMessage(request, sign);
    budget.deposit();
    return message;
  };

  /** @param known the message of the attempt before this one. */
  const sendUntilAnswered = async (
    request: SubgraphRequest,
    call: SubgraphCall,
    attempts: Attempts,
    known?: SubgraphMessage,
  ): Promise<SubgraphAnswer> => {
    const message = known ?? firstMessage(request);
    const isSafe = request.kind === 'query';
    if (breaker.refuses()) throw refusal();
    if (!limit.acquire()) await waitForSlot(call);
    const permit = admit(call);
    attempts.made += 1;
    const startedAt = performance.now();
    try {
      const answer = readAnswer(await exchange(message, isSafe, call));
      breaker.settle(permit, 'success');
      return answer;
    } catch (error) {
      breaker.settle(permit, outcomeOf(error, startedAt));
      if (!isSafe || !mayRetry(error, call, attempts)) throw error;
    }
    await call.pause(MIN_PAUSE_MS + Math.random() * PAUSE_JITTER_MS);
    return sendUntilAnswered(request, call, attempts, message);
  };

  const send = (request: SubgraphRequest): Promise<SubgraphAnswer> => {
    const startedAt = performance.now();
    const call = new SubgraphCall(Math.min(startedAt + timeoutMs, request.deadline), request.signal, timer);
    const attempts: Attempts = { made: 0 };
    const finish = (code?: SubgraphFailureCode): void => {
      call.close();
      if (onFetch === undefined) return;
      const durationMs = performance.now() - startedAt;
      onFetch({ subgraph: name, kind: request.kind, durationMs, attempts: attempts.made, ...(code === undefined ? {} : { code }) });
    };
    return sendUntilAnswered(request, call, attempts).then(
      (answer) => {
        finish();
        return answer;
      },
      (error) => {
        const failure = error instanceof SubgraphFailure ? error : new SubgraphFailure('SUBGRAPH_UNAVAILABLE', 'could not be sent', { cause: error });
        finish(failure.code);
        return failure.answer ?? report(failure, request.path ?? []);
      },
    );
  };

  return {
    send,
    state: () => ({ circuit: breaker.state(), probeInMs: breaker.probeInMs(), running: limit.running(), queued: limit.queued() }),
    close: () => {
      closed ??= limit.drained().then(() => exchanges.close());
      return closed;
    },
  };
};
