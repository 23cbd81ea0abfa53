import type { GraphQLFormattedError } from 'graphql';
import { SUBGRAPH_FAILURES, type SubgraphAnswer } from '../subgraphs/subgraph-failure.ts';
import { type Ask, type FetchStep, fetchesIn, type Step } from './compiled-plan.ts';
import { type Data, isData, own } from './merge.ts';
import { aliasOf, contextVariableOf, mergeOperations, representationsOf } from './merged-operation.ts';

/** Sends one operation to a subgraph, its variables also as JSON. Never rejects. */
export type SendFetch = (ask: Ask, variables: Data, variablesText: string) => Promise<SubgraphAnswer>;

/** A fetch of entities that is ready to go. */
export interface EntityFetch {
  fetch: FetchStep;
  /** The client's variables that it uses. */
  variables: Data;
  /** Values of its context arguments. */
  context?: Data;
  representations: readonly Data[];
  /** The same as JSON. */
  text: string;
}

interface Waiting extends EntityFetch {
  resolve: (answer: SubgraphAnswer | Promise<SubgraphAnswer>) => void;
}

/** How long a fetch that nothing waits for may itself wait for others to the same subgraph. */
const HOLD_MS = 5;
const MAX_MERGED = 16;
/** Of one fetch: each distinct value of a context argument is a group of its own, in one request as far as possible. */
const MAX_GROUPS = 64;
const MAX_VARIANTS = 64;

const entityFetches = new WeakMap<Step, ReadonlyMap<string, number>>();

/** How many fetches of entities a step can make, by subgraph. */
const entityFetchesIn = (step: Step): ReadonlyMap<string, number> => {
  const known = entityFetches.get(step);
  if (known !== undefined) return known;
  const counts = new Map<string, number>();
  for (const { service, requires } of fetchesIn(step)) if (requires !== undefined) counts.set(service, (counts.get(service) ?? 0) + 1);
  entityFetches.set(step, counts);
  return counts;
};

/** Merged operations by the fetches they consist of, as long as their plan lives. */
const variants = new WeakMap<Step, Map<string, Ask | undefined>>();

const mergedOf = (plan: Step, fetches: readonly FetchStep[]): Ask | undefined => {
  const known = variants.get(plan) ?? new Map<string, Ask | undefined>();
  variants.set(plan, known);
  // As many groups as there happen to be values: too many to keep, and quickly put together. (Without its context arguments a fetch is always the same one.)
  if (fetches.some(({ contexts }) => contexts.length > 0)) return mergeOperations(fetches);
  const key = fetches.map(({ index }) => index).join();
  if (known.has(key) || known.size >= MAX_VARIANTS) return known.get(key);
  const merged = mergeOperations(fetches);
  known.set(key, merged);
  return merged;
};

const withRepresentations = (variables: Data, texts: readonly string[]): string => {
  const others = JSON.stringify(variables).slice(1, -1);
  return `{${others === '' ? '' : `${others},`}${texts.join()}}`;
};

/** What all of them use, and what each brings along under a name of its own. */
const variablesTogether = (fetches: readonly EntityFetch[]): Data => {
  const together: Data = Object.assign({}, ...fetches.map(({ variables }) => variables));
  for (const [index, { context = {} }] of fetches.entries())
    for (const [variable, value] of Object.entries(context)) together[contextVariableOf(variable, index)] = value;
  return together;
};

const chunksOf = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

/** One fetch's share of an answer, as if it had been asked alone. What names no fetch is told with the first. */
const shareOf = ({ data, errors = [] }: SubgraphAnswer, index: number, count: number): SubgraphAnswer => {
  const indexOf = ({ path }: GraphQLFormattedError): number => {
    const found = Array.from({ length: count }, (_, at) => aliasOf(at)).indexOf(String(path?.[0]));
    return found === -1 ? 0 : found;
  };
  const shared = isData(data) ? { data: { _entities: own(data, aliasOf(index)) } } : {};
  if (errors.length === 0) return shared;
  const told = errors
    .filter((error) => indexOf(error) === index)
    .map((error) => (error.path?.[0] === aliasOf(index) ? { ...error, path: ['_entities', ...error.path.slice(1)] } : error));
  return told.length === 0 ? shared : { ...shared, errors: told };
};

/** No fetch would have fared better alone, unless it was only the size of them all that failed. */
const isFailureOfTheWay = ({ data, errors = [] }: SubgraphAnswer): boolean =>
  !isData(data) &&
  errors.length > 0 &&
  errors.every(({ extensions }) => {
    const code = String(extensions?.['code']);
    return code !== 'SUBGRAPH_RESPONSE_TOO_LARGE' && Object.hasOwn(SUBGRAPH_FAILURES, code);
  });

export interface CoalesceOptions {
  plan: Step;
  /** Whether fetches to a subgraph are put together. */
  coalesces: (service: string) => boolean;
  send: SendFetch;
  /** An answer with data of its own. */
  copy: (answer: SubgraphAnswer) => SubgraphAnswer;
}

/**
 * Puts fetches of entities that one subgraph gets in one HTTP request: those that are ready at the same moment, and with them
 * those that are not in a hurry because nothing but the answer waits for them. For one run of a plan.
 */
export const createCoalescer = ({ plan, coalesces, send, copy }: CoalesceOptions) => {
  const all = entityFetchesIn(plan);
  const unreached = new Map(all);
  /** By subgraph, or by fetch. */
  const waiting = new Map<string, Waiting[]>();
  const due = new Set<string>();
  /** What was asked together, as it came: each share is changed by whoever gets it. */
  const origins = new WeakMap<SubgraphAnswer, { answer: SubgraphAnswer; index: number; count: number }>();
  let timer: NodeJS.Timeout | undefined;

  const sendAlone = async ({ fetch, variables, context, representations, text }: EntityFetch): Promise<SubgraphAnswer> => {
    const others = context === undefined ? variables : { ...variables, ...context };
    return send(fetch, { ...others, representations }, withRepresentations(others, [`"representations":${text}`]));
  };

  const sendMerged = async (merged: Ask, fetches: readonly Waiting[]): Promise<void> => {
    const variables = variablesTogether(fetches);
    const texts = fetches.map(({ text }, index) => `"${representationsOf(index)}":${text}`);
    const whole: Data = { ...variables };
    for (const [index, { representations }] of fetches.entries()) whole[representationsOf(index)] = representations;
    const answer = await send(merged, whole, withRepresentations(variables, texts));
    const count = fetches.length;
    const isForAll = isFailureOfTheWay(answer);
    for (const [index, fetch] of fetches.entries()) {
      if (isForAll) fetch.resolve(answer);
      // An error of one of them can take the data of all with it.
      else if (!isData(answer.data)) fetch.resolve(sendAlone(fetch));
      else {
        const share = shareOf(answer, index, count);
        origins.set(share, { answer, index, count });
        fetch.resolve(share);
      }
    }
  };

  const sendMergedOrAlone = (fetches: readonly Waiting[]): void => {
    const steps = fetches.map(({ fetch }) => fetch);
    const merged = fetches.length > 1 ? mergedOf(plan, steps) : undefined;
    if (merged !== undefined) void sendMerged(merged, fetches);
    else for (const fetch of fetches) fetch.resolve(sendAlone(fetch));
  };

  const sendTogether = (fetches: readonly Waiting[]): void => {
    const sorted = fetches.toSorted((a, b) => a.fetch.index - b.fetch.index);
    if (sorted.length <= MAX_MERGED) sendMergedOrAlone(sorted);
    else
      for (const [, same] of Map.groupBy(sorted, ({ fetch }) => fetch.index))
        for (const chunk of chunksOf(same, MAX_GROUPS)) sendMergedOrAlone(chunk);
  };

  const sendDue = (): void => {
    for (const place of due) {
      const ready = waiting.get(place) ?? [];
      waiting.delete(place);
      sendTogether(ready);
    }
    due.clear();
  };

  const setDue = (place: string): void => {
    // After everything that the answers of this moment bring about.
    if (due.size === 0) process.nextTick(sendDue);
    due.add(place);
  };

  const wait = (place: string, asked: EntityFetch): Promise<SubgraphAnswer> => {
    const { promise, resolve } = Promise.withResolvers<SubgraphAnswer>();
    const others = waiting.get(place);
    if (others === undefined) waiting.set(place, [{ ...asked, resolve }]);
    else others.push({ ...asked, resolve });
    return promise;
  };

  const sendHeld = (): void => {
    timer = undefined;
    for (const place of waiting.keys()) setDue(place);
  };

  const reach = (service: string, count: number): void => {
    const left = (unreached.get(service) ?? 0) - count;
    unreached.set(service, left);
    if (left <= 0 && waiting.has(service)) setDue(service);
  };

  return {
    ask: (asked: EntityFetch): Promise<SubgraphAnswer> => {
      const { service, isLast, index, contexts } = asked.fetch;
      const waitsForOthers = all.get(service) !== 1 && coalesces(service);
      if (!waitsForOthers && contexts.length === 0) return sendAlone(asked);
      // Groups of one fetch go together in any case.
      const place = waitsForOthers ? service : `${service} ${index}`;
      const promise = wait(place, asked);
      if (!waitsForOthers || !isLast || (unreached.get(service) ?? 0) <= 0) setDue(place);
      else timer ??= setTimeout(sendHeld, HOLD_MS);
      return promise;
    },
    /** A fetch of entities has its turn, whether it has anything to ask or not. Tell it before `ask`. */
    reached: ({ service }: FetchStep): void => reach(service, 1),
    /** A part of the plan does not run. */
    skipped: (step: Step): void => {
      for (const [service, count] of entityFetchesIn(step)) reach(service, count);
    },
    /** The same answer with data of its own. */
    copy: (answer: SubgraphAnswer): SubgraphAnswer => {
      const origin = origins.get(answer);
      return origin === undefined ? copy(answer) : shareOf(copy(origin.answer), origin.index, origin.count);
    },
    close: (): void => clearTimeout(timer),
  };
};
