import { performance } from 'node:perf_hooks';
import { DomainError } from '@supergraph/errors';
import type { AuthorizedOperation, OperationRequest, PreparedOperation } from '../gateway/execute-operation.ts';
import { untilDeadline } from '../gateway/execute-operation.ts';
import type { OperationResult } from '../gateway/operation-result.ts';
import type { ServedSupergraph } from '../gateway/served-supergraph.ts';
import { createSharing, sharingKey } from '../gateway/sharing.ts';
import type { RequestContext } from '../request-context.ts';
import type { StreamedResult } from '../streams/operation-stream.ts';
import type { SubgraphAnswer } from '../subgraphs/subgraph-failure.ts';
import { compileSubscription } from './compile-subscription.ts';
import { type BegunSubscription, type CurrentRunOptions, createCurrentRun, rootFieldOf, sourceKey, subjectOf } from './current-run.ts';
import type { EventIndex } from './event-index.ts';
import { createEventQueue, type EventQueue } from './event-queue.ts';
import type { GraphEvent } from './event-source.ts';
import type { StreamErrors } from './format-errors.ts';
import { createResultStream } from './result-stream.ts';
import { type EventRun, runEntityEvent, runSubgraphEvent } from './run-event.ts';
import type { OpenSource, SourceRequest } from './subgraph-source.ts';
import { eventsInterrupted, eventsNotConfigured, subscriptionTooSlow, supergraphChanged } from './subscription-errors.ts';
import { createTurns, untilAborted } from './take-turns.ts';

type Item = { event: GraphEvent } | { answer: SubgraphAnswer };

export interface SubscriptionsOptions extends CurrentRunOptions {
  /** Undefined without a message bus. */
  events: EventIndex | undefined;
  openSource: OpenSource;
  errors: StreamErrors;
  /** How many events may wait for one subscriber. */
  maxWaiting: () => number;
  /** How long one event may take, in milliseconds; what is left for its subscription to begin, when left out. */
  eventTimeoutMs?: (() => number) | undefined;
}

export interface Subscriptions {
  /** Resolves when nothing from then on is missed. */
  start(
    begun: { served: ServedSupergraph; request: OperationRequest; text: string },
    prepared: PreparedOperation,
  ): Promise<AsyncGenerator<StreamedResult, void>>;
  /** Another supergraph is served: what does not fit it ends. */
  lookAgain(): Promise<void>;
  size(): number;
}

interface Live {
  begun: BegunSubscription;
  context: RequestContext;
  queue: EventQueue<Item>;
  abort: AbortController;
  /** How long one event may take, in milliseconds. */
  allowedMs: number;
}

/** Events of the subscriptions to one subgraph's fields that are run at the same time: the others wait where they can be merged. */
const MAX_RUNNING = 64;
const LOOK_AGAIN_AT_ONCE = 50;
const ENDING = new Set(['SUPERGRAPH_CHANGED']);

const withContext = (run: EventRun, change: Pick<RequestContext, 'deadline' | 'signal'>): EventRun => ({
  ...run,
  operation: { ...run.operation, context: { ...run.operation.context, ...change } },
});

const sourceRequestOf = (
  { compiled: { source } }: EventRun,
  { variables: given }: AuthorizedOperation,
  { identity, forwardedHeaders: headers }: RequestContext,
): SourceRequest => {
  const { operation: query, operationName, variables: names } = source;
  const used = names.filter((name) => Object.hasOwn(given, name) && given[name] !== undefined);
  return { query, operationName, variables: Object.fromEntries(used.map((name) => [name, given[name]])), identity, headers };
};

/** Everything that is subscribed to, of all contracts. */
export const createSubscriptions = (options: SubscriptionsOptions): Subscriptions => {
  const { runner, events, openSource, errors, maxWaiting, eventTimeoutMs } = options;
  const currentRun = createCurrentRun(options);
  const takeTurns = createTurns(MAX_RUNNING);
  const share = createSharing<OperationResult | undefined>();
  const ids = new WeakMap<ServedSupergraph, string>();
  const live = new Set<Live>();
  let supergraphs = 0;

  /** The event's time begins with its turn. */
  const inTurn = <Result>({ allowedMs }: Live, run: EventRun, signal: AbortSignal, work: (run: EventRun) => Promise<Result>): Promise<Result> =>
    takeTurns(run.compiled.source.service, signal, () => {
      const begun = withContext(run, { deadline: performance.now() + allowedMs, signal });
      return untilDeadline(begun.operation.context, work(begun));
    });

  const idOf = (served: ServedSupergraph): string => {
    const id = ids.get(served) ?? String(++supergraphs);
    ids.set(served, id);
    return id;
  };

  /** Those who get the same of the same event get it by one execution. */
  const runShared = async (subscription: Live, run: EventRun, { id, subject }: GraphEvent): Promise<OperationResult | undefined> => {
    const { field } = subscription.begun;
    if (field === undefined) return undefined;
    const { served, operation } = run;
    const { queryHash, operationName, variables, authorization, context } = operation;
    const { identity, forwardedHeaders: headers, signal } = context;
    const key = sharingKey([idOf(served), id, subject, queryHash, operationName, authorization, JSON.stringify(variables)], {
      identity,
      headers,
      // None has begun yet: those are alike that may take equally long.
      deadline: subscription.allowedMs,
    });
    const { result } = await share(key, signal, (shared) =>
      inTurn(subscription, run, shared, (begun) => runEntityEvent(runner, begun, field, subject)),
    );
    return result;
  };

  const contextOf = ({ context, abort, allowedMs }: Live): RequestContext => ({
    ...context,
    deadline: performance.now() + allowedMs,
    signal: abort.signal,
  });

  const runItem = async (subscription: Live, item: Item): Promise<StreamedResult | undefined> => {
    const context = contextOf(subscription);
    const current = await currentRun(subscription.begun, context);
    if ('told' in current) {
      // It may not have anything of it any more.
      subscription.queue.end();
      return errors.result(current.told);
    }
    const { run, tell } = current;
    const working =
      'event' in item
        ? runShared(subscription, run, item.event)
        : inTurn(subscription, run, context.signal, (begun) => runSubgraphEvent(runner, begun, item.answer));
    const result = await untilAborted(context.signal, working);
    return result && errors.result(tell(result));
  };

  const tryItem = async (subscription: Live, item: Item): Promise<StreamedResult | undefined> => {
    try {
      return await runItem(subscription, item);
    } catch (error) {
      if (subscription.abort.signal.aborted) return undefined;
      if (error instanceof DomainError && ENDING.has(error.code)) throw error;
      return { errors: errors.formatAll(error) };
    }
  };

  const produce = async (subscription: Live): Promise<StreamedResult | undefined> => {
    for (let item = await subscription.queue.next(); item !== undefined; item = await subscription.queue.next()) {
      const result = await tryItem(subscription, item);
      if (result !== undefined) return result;
    }
    return undefined;
  };

  const connect = async (subscription: Live, run: EventRun): Promise<() => void> => {
    const { begun, queue, context } = subscription;
    const { field, fieldName } = begun;
    const { served, operation, compiled } = run;
    if (field !== undefined) {
      if (events === undefined) throw eventsNotConfigured(fieldName);
      const subject = subjectOf(served, operation, rootFieldOf(operation), field);
      return events.subscribe(
        { types: field.types, subject },
        { onEvent: (event) => queue.push(event.subject, { event }), onInterrupted: () => queue.end(eventsInterrupted()) },
      );
    }
    let answers = 0;
    return openSource(
      served,
      compiled.source.service,
      sourceRequestOf(run, operation, context),
      { onAnswer: (answer) => queue.push(String(++answers), { answer }), onEnd: queue.end },
      subscription.abort.signal,
    );
  };

  const stayConnected = async (subscription: Live, run: EventRun): Promise<void> => {
    const { signal } = subscription.abort;
    const disconnect = await connect(subscription, run);
    // Nobody may wait for it any more.
    if (signal.aborted) disconnect();
    else signal.addEventListener('abort', disconnect, { once: true });
  };

  const start: Subscriptions['start'] = async ({ served, request, text }, { left }) => {
    const { context } = request;
    const allowedMs = Math.max(1, eventTimeoutMs?.() ?? context.deadline - performance.now());
    const fieldName = rootFieldOf(left).name.value;
    const field = served.eventFields.get(fieldName);
    const plan = await untilDeadline(context, runner.planOf(served, left));
    const run: EventRun = { served, operation: left, compiled: compileSubscription(plan, field) };
    const source = field === undefined ? sourceKey(run) : undefined;
    const abort = new AbortController();
    const queue = createEventQueue<Item>({ max: maxWaiting(), overflow: subscriptionTooSlow });
    const subscription: Live = { begun: { served, request, text, field, fieldName, source }, context, queue, abort, allowedMs };
    const end = (): void => {
      abort.abort();
      queue.end();
      live.delete(subscription);
      context.signal.removeEventListener('abort', end);
    };
    context.signal.addEventListener('abort', end, { once: true });
    live.add(subscription);
    try {
      await untilDeadline(context, stayConnected(subscription, run));
      return createResultStream(() => produce(subscription), end);
    } catch (error) {
      end();
      throw error;
    }
  };

  const lookAt = async (subscription: Live): Promise<void> => {
    try {
      await currentRun(subscription.begun, contextOf(subscription));
    } catch (error) {
      if (error instanceof DomainError && ENDING.has(error.code)) subscription.queue.end(supergraphChanged());
    }
  };

  return {
    start,
    lookAgain: async () => {
      const all = [...live];
      for (let at = 0; at < all.length; at += LOOK_AGAIN_AT_ONCE) {
        await Promise.all(all.slice(at, at + LOOK_AGAIN_AT_ONCE).map(lookAt));
        await new Promise(setImmediate);
      }
    },
    size: () => live.size,
  };
};
