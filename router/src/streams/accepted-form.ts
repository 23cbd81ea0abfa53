import { getOperationAST, Kind, parse, visit } from 'graphql';
import { isDefer } from '../engine/defer/defer-directive.ts';
import { createTextCache } from '../limits/text-cache.ts';
import { type MediaRange, mediaRanges } from '../media-ranges.ts';

/** How an answer that keeps coming is written. */
export type StreamForm = 'event-stream' | 'multipart-subscription' | 'multipart-incremental';

/** What is known of an operation by its text alone; undefined when its document has no such operation, or is none. */
export type AskedKind = 'query' | 'mutation' | 'subscription' | 'deferred' | undefined;

const EVENT_STREAM = 'text/event-stream';
const MULTIPART = 'multipart/mixed';
const JSON_TYPES = new Set(['application/json', 'application/graphql-response+json', 'application/*', '*/*']);

/** What is asked for of a subscription as https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol has it. */
const isOfSubscriptions = ({ type, parameters }: MediaRange): boolean => type === MULTIPART && parameters.get('subscriptionspec') === '1.0';

const SPECIFICATIONS = ['deferspec', 'incrementalspec', 'subscriptionspec'];

/** Clients that name no specification read this one. */
const isIncremental = ({ type, parameters }: MediaRange): boolean =>
  type === MULTIPART && (parameters.get('deferspec') === '20220824' || SPECIFICATIONS.every((name) => !parameters.has(name)));

const formOfSubscription = (range: MediaRange): StreamForm | undefined => {
  if (range.type === EVENT_STREAM) return 'event-stream';
  return isOfSubscriptions(range) ? 'multipart-subscription' : undefined;
};

/** The first that is defined. */
const first = <Value>(ranges: readonly MediaRange[], of: (range: MediaRange) => Value | undefined): Value | undefined => {
  for (const range of ranges) {
    const value = of(range);
    if (value !== undefined) return value;
  }
  return undefined;
};

const STREAMED = /event-stream|multipart\//i;

/** Whether an `Accept` header is worth a closer look. Most are not. */
export const mayStream = (accept: string | undefined): accept is string => accept !== undefined && STREAMED.test(accept);

/** Whether a client takes single answers too. */
export const takesJson = (accept: string): boolean => mediaRanges(accept).some(({ type, quality }) => quality > 0 && JSON_TYPES.has(type));

/**
 * How an operation is answered that keeps its client waiting for more; undefined when it is answered once, by Apollo Server. A client that
 * takes nothing but events gets whatever it asks for as events.
 */
export const formOf = (accept: string, kind: AskedKind): StreamForm | undefined => {
  const ranges = mediaRanges(accept).filter(({ quality }) => quality > 0);
  if (kind === 'subscription') return first(ranges, formOfSubscription);
  const takesEvents = ranges.some(({ type }) => type === EVENT_STREAM);
  if (kind === 'deferred') {
    if (ranges.some(isIncremental)) return 'multipart-incremental';
    if (takesEvents) return 'event-stream';
  }
  return takesEvents && ranges.every(({ type }) => type === EVENT_STREAM) ? 'event-stream' : undefined;
};

const KINDS_CACHE_BYTES = 1024 * 1024;
const kinds = createTextCache<{ kind: AskedKind }>(KINDS_CACHE_BYTES);

const readKind = (query: string, operationName: string | undefined): AskedKind => {
  try {
    const document = parse(query, { noLocation: true });
    const operation = getOperationAST(document, operationName)?.operation;
    if (operation === undefined || operation === 'subscription') return operation;
    let isDeferred = false;
    visit(document, {
      [Kind.DIRECTIVE]: (directive) => {
        if (isDefer(directive)) isDeferred = true;
      },
    });
    return isDeferred ? 'deferred' : operation;
  } catch {
    return undefined;
  }
};

/** An empty name is none, as in a form that was not filled in. */
export const kindOf = (query: string, operationName: string | undefined): AskedKind => {
  const name = operationName === '' ? undefined : operationName;
  const key = JSON.stringify([name, query]);
  const known = kinds.get(key);
  if (known !== undefined) return known.kind;
  const kind = readKind(query, name);
  if (kind !== undefined) kinds.set(key, { kind });
  return kind;
};
