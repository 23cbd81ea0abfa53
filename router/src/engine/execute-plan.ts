import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { FetchStep, SelectionTree, Step } from './compiled-plan.ts';
import { type Data, isData, merge, own } from './merge.ts';
import { representationOf } from './representations.ts';
import { applyRewrites } from './rewrites.ts';

/** What a subgraph answered; failures of the way to it are errors too. */
export interface SubgraphAnswer {
  data?: unknown;
  errors?: readonly GraphQLFormattedError[];
}

/** Sends one operation to a subgraph. Never rejects. */
export type SendFetch = (fetch: FetchStep, variables: Data) => Promise<SubgraphAnswer>;

export interface PlanExecution {
  step: Step | undefined;
  /** The whole supergraph: it knows types that clients do not see. */
  supergraphSchema: GraphQLSchema;
  /** The client's variables as it sent them, which is how they go to subgraphs. */
  variables: Readonly<Record<string, unknown>>;
  /** What a variable of `@skip` or `@include` is, its default included. */
  isTrue: (variable: string) => boolean;
  send: SendFetch;
  /** An answer's data once more, of their own: each place that an answer is merged into goes on changing them. */
  copy: (answer: SubgraphAnswer) => SubgraphAnswer;
}

export interface PlanResult {
  /** Everything that was fetched, keys included: `shapeResponse` takes what the client asked for. */
  data: Data;
  errors: GraphQLError[];
}

/** An object of the answer and the way to it, from the inside out. */
interface Place {
  value: Data;
  at: Way | undefined;
}
interface Way {
  key: string | number;
  from: Way | undefined;
}

type Path = (string | number)[];

const pathOf = (way: Way | undefined): Path => {
  const path: Path = [];
  for (let at = way; at !== undefined; at = at.from) path.push(at.key);
  return path.reverse();
};

const placesBelow = (value: unknown, at: Way | undefined, path: readonly string[], depth: number, found: Place[]): void => {
  const name = path[depth];
  if (Array.isArray(value)) {
    // The planner writes `@` for "every item".
    for (const [index, item] of value.entries()) placesBelow(item, { key: index, from: at }, path, name === '@' ? depth + 1 : depth, found);
  } else if (isData(value)) {
    if (name === undefined) found.push({ value, at });
    else placesBelow(own(value, name), { key: name, from: at }, path, depth + 1, found);
  }
};

const toError = (error: GraphQLFormattedError, service: string, path: Path | undefined): GraphQLError =>
  new GraphQLError(error.message, {
    ...(path === undefined ? {} : { path }),
    extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', ...error.extensions, serviceName: service },
  });

/** Identical entities are fetched once; `places[n]` are those that representation `n` stands for. */
const representPlaces = (schema: GraphQLSchema, { requires = [], inputRewrites }: FetchStep, places: readonly Place[]) => {
  const byText = new Map<string, { representation: Data; places: Place[] }>();
  for (const place of places) {
    const representation = representationOf(schema, place.value, requires);
    if (representation === undefined) continue;
    applyRewrites(schema, inputRewrites, representation);
    const text = JSON.stringify(representation);
    const known = byText.get(text);
    if (known === undefined) byText.set(text, { representation, places: [place] });
    else known.places.push(place);
  }
  return [...byText.values()];
};

interface Running extends PlanExecution, PlanResult {
  /** What was asked in this request, and is not asked again. A mutation ends it: what was read before may have changed. */
  asked: Map<string, Promise<SubgraphAnswer>> | undefined;
}

const ask = async (running: Running, fetch: FetchStep, variables: Data): Promise<SubgraphAnswer> => {
  if (fetch.operationKind === 'mutation') running.asked = undefined;
  if (running.asked === undefined) return running.send(fetch, variables);
  const key = `${fetch.asks} ${JSON.stringify(variables)}`;
  const known = running.asked.get(key);
  if (known !== undefined) return running.copy(await known);
  const asked = running.send(fetch, variables);
  running.asked.set(key, asked);
  return asked;
};

const variablesOf = ({ variables }: Running, fetch: FetchStep): Data => {
  const used: Data = {};
  for (const name of fetch.variables) if (Object.hasOwn(variables, name) && variables[name] !== undefined) used[name] = variables[name];
  return used;
};

const fetchRoot = async (running: Running, fetch: FetchStep, places: readonly Place[]): Promise<void> => {
  const answer = await ask(running, fetch, variablesOf(running, fetch));
  for (const error of answer.errors ?? []) running.errors.push(toError(error, fetch.service, error.path && [...error.path]));
  if (!isData(answer.data)) return;
  applyRewrites(running.supergraphSchema, fetch.outputRewrites, answer.data);
  for (const { value } of places) merge(value, answer.data, fetch.selects);
};

type Represented = ReturnType<typeof representPlaces>;

/** An error of one entity is an error at every place where that entity stands. */
const addEntityErrors = ({ errors }: Running, fetch: FetchStep, wanted: Represented, received: SubgraphAnswer['errors'] = []): void => {
  for (const error of received) {
    const [root, index, ...rest] = error.path ?? [];
    const places = root === '_entities' && typeof index === 'number' ? wanted[index]?.places : undefined;
    if (places !== undefined) errors.push(...places.map(({ at }) => toError(error, fetch.service, [...pathOf(at), ...rest])));
    else {
      const path = pathOf(wanted[0]?.places[0]?.at);
      const firstIndex = path.findIndex((key) => typeof key === 'number');
      errors.push(toError(error, fetch.service, firstIndex === -1 ? path : path.slice(0, firstIndex)));
    }
  }
};

const mergeEntities = (wanted: Represented, received: readonly unknown[], selects: SelectionTree): void => {
  for (const [index, { places }] of wanted.entries()) {
    const entity = received[index];
    if (isData(entity)) for (const { value } of places) merge(value, entity, selects);
  }
};

const fetchEntities = async (running: Running, fetch: FetchStep, places: readonly Place[]): Promise<void> => {
  const { supergraphSchema } = running;
  const wanted = representPlaces(supergraphSchema, fetch, places);
  if (wanted.length === 0) return;
  const answer = await ask(running, fetch, { ...variablesOf(running, fetch), representations: wanted.map(({ representation }) => representation) });
  addEntityErrors(running, fetch, wanted, answer.errors);
  const received = isData(answer.data) ? own(answer.data, '_entities') : undefined;
  if (Array.isArray(received) && received.length === wanted.length) {
    applyRewrites(supergraphSchema, fetch.outputRewrites, received);
    mergeEntities(wanted, received, fetch.selects);
  } else if (!answer.errors?.length) addEntityErrors(running, fetch, wanted, [{ message: `expected ${wanted.length} entities of the subgraph` }]);
};

const run = async (running: Running, step: Step | undefined, places: readonly Place[]): Promise<void> => {
  switch (step?.kind) {
    case undefined:
      return;
    case 'sequence':
      for (const next of step.steps) await run(running, next, places);
      return;
    case 'parallel':
      await Promise.all(step.steps.map((next) => run(running, next, places)));
      return;
    case 'flatten': {
      const found: Place[] = [];
      for (const { value, at } of places) placesBelow(value, at, step.path, 0, found);
      return found.length === 0 ? undefined : run(running, step.step, found);
    }
    case 'condition':
      return run(running, running.isTrue(step.variable) ? step.ifTrue : step.otherwise, places);
    case 'fetch':
      return step.requires === undefined ? fetchRoot(running, step, places) : fetchEntities(running, step, places);
  }
};

/**
 * Runs a plan: fetches go out as their nodes say, one after another or together, and what comes back is merged where it
 * belongs. A subgraph that fails costs its own data only.
 */
export const executePlan = async (execution: PlanExecution): Promise<PlanResult> => {
  const running: Running = { ...execution, data: {}, errors: [], asked: new Map() };
  await run(running, execution.step, [{ value: running.data, at: undefined }]);
  return { data: running.data, errors: running.errors };
};
