import { Worker } from 'node:worker_threads';
import type { QueryPlan } from '@apollo/query-planner';
import { DomainError } from '@supergraph/errors';
import type { Logger } from '@supergraph/service/logging';

export interface PlanQuestion {
  id: number;
  query: string;
  operationName?: string;
  /** Labels of `@override` that hold. */
  overrideLabels: readonly string[];
  /** Whether its `@defer` counts; otherwise it is planned as if there were none. */
  defers?: boolean;
}
export type PlanAnswer = { id: number; plan: string } | { id: number; problem: string };

export interface Planner {
  /** @throws PLANNING_TIMEOUT, PLANNING_FAILED or PLANNER_OVERLOADED */
  plan(
    query: string,
    operationName: string | undefined,
    overrideLabels?: readonly string[],
    /** Whether its `@defer` counts; otherwise it is planned as if there were none. */
    defers?: boolean,
  ): Promise<{ plan: QueryPlan; bytes: number }>;
  /** Gives its thread back whenever nobody waits; what is still asked of it is planned all the same. */
  retire(): void;
  close(): Promise<void>;
}

export interface PlannerOptions {
  /** The whole supergraph, with every feature it links. */
  supergraphSdl: string;
  /** An operation that takes longer is refused, and the worker that is at it ended. */
  deadlineMs?: number;
  logger: Logger;
}

const DEADLINE_MS = 2_000;
const MAX_WAITING = 500;
const MAX_MEMORY_MB = 512;

const planningTimeout = (deadlineMs: number): DomainError =>
  new DomainError('invalid', 'PLANNING_TIMEOUT', `The operation could not be planned within ${deadlineMs} ms. Ask for less at once.`);
const planningFailed = (cause: unknown): DomainError => new DomainError('invalid', 'PLANNING_FAILED', 'The operation cannot be planned.', {}, cause);
const plannerOverloaded = (): DomainError =>
  new DomainError('unavailable', 'PLANNER_OVERLOADED', 'Too many new operations wait to be planned. Try again shortly.');

interface Waiting {
  question: PlanQuestion;
  resolve: (answer: { plan: QueryPlan; bytes: number }) => void;
  reject: (error: DomainError) => void;
}

/**
 * Apollo's query planner in a thread of its own, one operation at a time. One that takes too long is refused: its worker is
 * ended, and a new one goes on with those that waited behind it.
 */
export const createPlanner = ({ supergraphSdl, deadlineMs = DEADLINE_MS, logger }: PlannerOptions): Planner => {
  const waiting: Waiting[] = [];
  let current: Waiting | undefined;
  let timer: NodeJS.Timeout | undefined;
  let worker: Worker | undefined;
  let isReady = false;
  let isRetired = false;
  let isClosed = false;
  let nextId = 0;

  const rest = (): void => {
    if (!isRetired || current !== undefined || waiting.length > 0) return;
    const idle = worker;
    worker = undefined;
    void idle?.terminate();
  };

  const next = (): void => {
    if (!isReady || current !== undefined) return;
    current = waiting.shift();
    if (current === undefined) {
      rest();
      return;
    }
    timer = setTimeout(giveUp, deadlineMs);
    worker?.postMessage(current.question);
  };

  const settle = (end: (waiter: Waiting) => void): void => {
    clearTimeout(timer);
    const done = current;
    current = undefined;
    if (done !== undefined) end(done);
    next();
  };

  const onMessage = (message: PlanAnswer | 'ready'): void => {
    if (message === 'ready') {
      isReady = true;
      next();
    } else if (message.id === current?.question.id) {
      if ('plan' in message) settle(({ resolve }) => resolve({ plan: JSON.parse(message.plan) as QueryPlan, bytes: message.plan.length * 2 }));
      else settle(({ reject }) => reject(planningFailed(new Error(message.problem))));
    }
  };

  const start = (): void => {
    isReady = false;
    const started = new Worker(new URL('planner-worker.ts', import.meta.url), {
      workerData: { supergraphSdl },
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
    });
    worker = started;
    started.on('message', onMessage);
    started.on('error', (error) => logger.error({ err: error }, 'the query planner ended'));
    started.on('exit', () => {
      if (isClosed || worker !== started) return;
      start();
      settle(({ reject }) => reject(planningFailed(new Error('the planner ended'))));
    });
    started.unref();
  };

  const giveUp = (): void => {
    const stuck = worker;
    worker = undefined;
    logger.warn({ operationName: current?.question.operationName, deadlineMs }, 'an operation took too long to plan; the planner is started anew');
    void stuck?.terminate();
    start();
    settle(({ reject }) => reject(planningTimeout(deadlineMs)));
  };

  start();
  return {
    plan: (query, operationName, overrideLabels = [], defers = false) => {
      if (waiting.length >= MAX_WAITING) return Promise.reject(plannerOverloaded());
      const { promise, resolve, reject } = Promise.withResolvers<{ plan: QueryPlan; bytes: number }>();
      nextId += 1;
      const question = { id: nextId, query, overrideLabels, defers, ...(operationName === undefined ? {} : { operationName }) };
      waiting.push({ question, resolve, reject });
      if (worker === undefined && !isClosed) start();
      else next();
      return promise;
    },
    retire: () => {
      isRetired = true;
      rest();
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      for (const { reject } of [...(current === undefined ? [] : [current]), ...waiting.splice(0)]) reject(plannerOverloaded());
      await worker?.terminate();
    },
  };
};
