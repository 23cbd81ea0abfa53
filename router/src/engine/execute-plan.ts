import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema, isObjectType } from 'graphql';
import type { SubgraphAnswer } from '../subgraphs/subgraph-failure.ts';
import { createCoalescer, type EntityFetch, type SendFetch } from './coalesce-fetches.ts';
import { type FetchStep, fetchesIn, type Step } from './compiled-plan.ts';
import { type EntityGroup, groupByContext, passesContexts } from './context-groups.ts';
import { type Data, isData, type MergedField, merge, mergedFields, own, setOwn } from './merge.ts';
import { commonPath, type Path, type Places, placesBelow, waysTo } from './places.ts';
import type { Represented } from './represent-places.ts';
import { applyRewrites } from './rewrites.ts';

export interface PlanExecution {
  step: Step | undefined;
  /** What is there before anything is fetched; it is changed. Nothing when left out. */
  data?: Data | undefined;
  /** The whole supergraph: it knows types that clients do not see. */
  supergraphSchema: GraphQLSchema;
  /** The client's variables as it sent them, which is how they go to subgraphs. */
  variables: Readonly<Record<string, unknown>>;
  /** What a variable of `@skip` or `@include` is, its default included. */
  isTrue: (variable: string) => boolean;
  send: SendFetch;
  /** Whether fetches of entities that a subgraph gets may go together; not when left out. */
  coalesces?: ((service: string) => boolean) | undefined;
  /** An answer's data once more, of their own: each place that an answer is merged into goes on changing them. */
  copy: (answer: SubgraphAnswer) => SubgraphAnswer;
  /** Told when what a fetch brought is merged, by the id that the planner gave it; only those that others wait for have one. */
  onFetched?: ((id: string) => void) | undefined;
}

export interface PlanResult {
  /** Everything that was fetched, keys included: `shapeResponse` takes what the client asked for. */
  data: Data;
  errors: GraphQLError[];
}

const toError = (error: GraphQLFormattedError, service: string, path: Path | undefined): GraphQLError =>
  new GraphQLError(error.message, {
    ...(path === undefined ? {} : { path }),
    extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', ...error.extensions, serviceName: service },
  });

interface Running extends Omit<PlanExecution, 'data'>, PlanResult {
  /** What was asked in this request, and is not asked again. A mutation ends it: what was read before may have changed. */
  asked: Map<string, Promise<SubgraphAnswer>> | undefined;
  /** What the plan asks in several places. */
  repeated: ReadonlySet<string>;
  coalescer: ReturnType<typeof createCoalescer>;
  /** No object of the answer stands at two places. */
  isApart: boolean;
}

const repetitions = new WeakMap<Step, ReadonlySet<string>>();

const repeatedIn = (plan: Step): ReadonlySet<string> => {
  const known = repetitions.get(plan);
  if (known !== undefined) return known;
  const [once, again] = [new Set<string>(), new Set<string>()];
  for (const { asks } of fetchesIn(plan)) (once.has(asks) ? again : once).add(asks);
  repetitions.set(plan, again);
  return again;
};

/** Asks once what a request asks more than once. */
const ask = (running: Running, fetch: FetchStep, what: string, send: () => Promise<SubgraphAnswer>): Promise<SubgraphAnswer> => {
  if (fetch.operationKind === 'mutation') running.asked = undefined;
  if (running.asked === undefined || !running.repeated.has(fetch.asks)) return send();
  const key = `${fetch.asks} ${what}`;
  const known = running.asked.get(key);
  if (known !== undefined) return fetch.isFlat ? known : known.then(running.coalescer.copy);
  const asked = send();
  running.asked.set(key, asked);
  return asked;
};

const askEntities = (running: Running, asked: EntityFetch): Promise<SubgraphAnswer> => {
  const { fetch, variables, context, text } = asked;
  const isGiven = fetch.variables.length > 0 || fetch.contexts.length > 0;
  const what = isGiven ? `${JSON.stringify({ ...variables, ...context })} ${text}` : text;
  return ask(running, fetch, what, () => running.coalescer.ask(asked));
};

const variablesOf = ({ variables }: Running, fetch: FetchStep): Data => {
  const used: Data = {};
  for (const name of fetch.variables) if (Object.hasOwn(variables, name) && variables[name] !== undefined) used[name] = variables[name];
  return used;
};

const fetchRoot = async (running: Running, fetch: FetchStep, places: Places): Promise<void> => {
  const variables = variablesOf(running, fetch);
  const text = fetch.variables.length === 0 ? '{}' : JSON.stringify(variables);
  const answer = await ask(running, fetch, text, () => running.send(fetch, variables, text));
  for (const error of answer.errors ?? []) running.errors.push(toError(error, fetch.service, error.path && [...error.path]));
  if (!isData(answer.data)) return;
  applyRewrites(running.supergraphSchema, fetch.outputRewrites, answer.data);
  const fields = mergedFields(fetch.selects);
  for (const [index, value] of places.values.entries())
    merge(value, index === 0 || !running.isApart ? answer.data : structuredClone(answer.data), fields);
};

interface Entities {
  wanted: readonly Represented[];
  path: readonly string[];
}

/** An error of one entity is an error at every place where that entity stands. */
const addEntityErrors = (running: Running, fetch: FetchStep, { wanted, path }: Entities, received: SubgraphAnswer['errors'] = []): void => {
  const { data, errors } = running;
  let ways: ReturnType<typeof waysTo> | undefined;
  for (const error of received) {
    const [root, index, ...rest] = error.path ?? [];
    const places = root === '_entities' && typeof index === 'number' ? wanted[index]?.places : undefined;
    if (places !== undefined) ways ??= waysTo(data, path);
    const at = [...new Set(places)].flatMap((place) => ways?.get(place) ?? []).map((way) => [...way, ...rest]);
    for (const where of at.length === 0 ? [commonPath(path)] : at) errors.push(toError(error, fetch.service, where));
  }
};

/** A subgraph that knows an entity by its interface only tells no type that is better than the one already known. */
const mergeTyped = (schema: GraphQLSchema, value: Data, entity: Data, fields: readonly MergedField[]): void => {
  const known = own(value, '__typename');
  merge(value, entity, fields);
  const told = own(value, '__typename');
  if (told !== known && known !== undefined && !isObjectType(schema.getType(String(told)))) setOwn(value, '__typename', known);
};

const mergeEntity = ({ supergraphSchema, isApart }: Running, { isFlat, selects }: FetchStep, places: readonly Data[], entity: Data): void => {
  const isTyped = selects.has('__typename');
  const fields = mergedFields(selects);
  for (const [at, value] of places.entries()) {
    // What context arguments bring below an entity may differ from place to place.
    const brought = at === 0 || isFlat || !isApart ? entity : structuredClone(entity);
    if (isTyped) mergeTyped(supergraphSchema, value, brought, fields);
    else merge(value, brought, fields);
  }
};

const mergeEntities = (running: Running, { fetch, wanted }: EntityGroup, received: readonly unknown[]): void => {
  for (const [index, { places }] of wanted.entries()) {
    const entity = received[index];
    if (isData(entity)) mergeEntity(running, fetch, places, entity);
  }
};

const askGroup = (running: Running, { fetch, context, wanted }: EntityGroup): Promise<SubgraphAnswer> => {
  const representations = wanted.map(({ representation }) => representation);
  const text = `[${wanted.map((represented) => represented.text).join()}]`;
  return askEntities(running, { fetch, variables: variablesOf(running, fetch), context, representations, text });
};

/** @param told errors of this fetch that are told already: groups that were asked together fail together. */
const takeEntities = (running: Running, group: EntityGroup, path: readonly string[], answer: SubgraphAnswer, told: Set<unknown>): void => {
  const { fetch, wanted } = group;
  const { data, errors = [] } = answer;
  const untold = errors.filter((error) => !told.has(error));
  addEntityErrors(running, fetch, { wanted, path }, untold);
  for (const error of untold) told.add(error);
  const received = isData(data) ? own(data, '_entities') : undefined;
  if (Array.isArray(received) && received.length === wanted.length) {
    applyRewrites(running.supergraphSchema, fetch.outputRewrites, received);
    mergeEntities(running, group, received);
  } else if (errors.length === 0)
    addEntityErrors(running, fetch, { wanted, path }, [{ message: `expected ${wanted.length} entities of the subgraph` }]);
};

const fetchEntities = async (running: Running, fetch: FetchStep, places: Places): Promise<void> => {
  const groups = groupByContext(running.supergraphSchema, fetch, places, running.data);
  running.coalescer.reached(fetch);
  const told = new Set<unknown>();
  const answers = await Promise.all(groups.map((group) => askGroup(running, group)));
  for (const [index, group] of groups.entries()) takeEntities(running, group, places.path, answers[index] ?? {}, told);
};

const runBelow = async (running: Running, { path, step }: Extract<Step, { kind: 'flatten' }>, places: Places): Promise<void> => {
  const found = placesBelow(places, path);
  if (found.values.length > 0) await run(running, step, found);
  else running.coalescer.skipped(step);
};

const runChosen = async (running: Running, step: Extract<Step, { kind: 'condition' }>, places: Places): Promise<void> => {
  const { variable, ifTrue, otherwise } = step;
  const [chosen, other] = running.isTrue(variable) ? [ifTrue, otherwise] : [otherwise, ifTrue];
  if (other !== undefined) running.coalescer.skipped(other);
  if (chosen !== undefined) await run(running, chosen, places);
};

const runFetch = (running: Running, step: FetchStep, places: Places): Promise<void> =>
  step.requires === undefined ? fetchRoot(running, step, places) : fetchEntities(running, step, places);

const runInOrder = async (running: Running, steps: readonly Step[], places: Places): Promise<void> => {
  for (const step of steps) await run(running, step, places);
};

const runTogether = async (running: Running, steps: readonly Step[], places: Places): Promise<void> => {
  await Promise.all(steps.map((step) => run(running, step, places)));
};

const run = (running: Running, step: Step, places: Places): Promise<void> => {
  switch (step.kind) {
    case 'sequence':
      return runInOrder(running, step.steps, places);
    case 'parallel':
      return runTogether(running, step.steps, places);
    case 'flatten':
      return runBelow(running, step, places);
    case 'condition':
      return runChosen(running, step, places);
    case 'fetch':
      return step.id === undefined
        ? runFetch(running, step, places)
        : runFetch(running, step, places).then(() => running.onFetched?.(String(step.id)));
  }
};

/**
 * Runs a plan: fetches go out as their nodes say, one after another or together, and what comes back is merged where it
 * belongs. A subgraph that fails costs its own data only.
 */
export const executePlan = async (execution: PlanExecution): Promise<PlanResult> => {
  const { step, send, copy, coalesces = () => false, data = {} } = execution;
  const result: PlanResult = { data, errors: [] };
  if (step === undefined) return result;
  const coalescer = createCoalescer({ plan: step, coalesces, send, copy });
  try {
    const running: Running = { ...execution, ...result, asked: new Map(), repeated: repeatedIn(step), coalescer, isApart: passesContexts(step) };
    await run(running, step, { values: [result.data], path: [] });
  } finally {
    coalescer.close();
  }
  return result;
};
