import type { GraphQLError } from 'graphql';
import type { PlanPart } from './compiled-plan.ts';
import { errorsByPlace } from './defer/patch-errors.ts';
import { type FetchPart, type PartRun, runParts } from './defer/run-parts.ts';
import { type Data, isData, own } from './merge.ts';
import type { Path } from './places.ts';
import type { DeferredPlace, ShapedResponse } from './shape-response.ts';

/** A part of the answer at one object. */
export interface DeferredPatch {
  /** Null when the object cannot be without something that is missing. */
  data: Data | null;
  path: Path;
  label?: string;
  errors?: readonly GraphQLError[];
  extensions?: { valueCompletion: readonly GraphQLError[] };
}

/** What is told at once: first `data`, then patches. In the form of incremental delivery, `deferSpec=20220824`. */
export interface DeferredResult {
  data?: Data | null;
  errors?: readonly GraphQLError[];
  extensions?: Record<string, unknown>;
  incremental?: readonly DeferredPatch[];
  hasNext: boolean;
}

/** An object of the answer, and what is told of it at once. */
export type PlaceToShape = Omit<DeferredPlace, 'label' | 'condition'>;

export interface DeferredExecution {
  plan: PlanPart;
  /** Whether what comes later is asked for only when all is there that comes first: a mutation. */
  inOrder: boolean;
  fetch: FetchPart;
  /** The whole answer as far as it comes first. */
  root: PlaceToShape;
  shape: (place: PlaceToShape, onDeferred: (deferred: DeferredPlace) => void) => ShapedResponse;
  /** Nothing when the fragment turns out to be one on another type. */
  shapeDeferred: (place: DeferredPlace, onDeferred: (deferred: DeferredPlace) => void) => ShapedResponse | undefined;
  /** The client's label of a part. */
  labelOf: (label: string) => string | undefined;
  /** An error with the names that the client uses. */
  toClient: (error: GraphQLError) => GraphQLError;
  /** Ends a wait that takes too long, by throwing. */
  within: (work: Promise<unknown>) => Promise<unknown>;
}

const valueAt = (data: unknown, path: Path): unknown => {
  let value = data;
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)];
    else value = isData(value) ? own(value, String(key)) : undefined;
  }
  return value;
};

/** As in an answer at once: what is null because of an error that is told anyway is not told twice. */
const problemsOf = (told: readonly GraphQLError[] = [], shaping: readonly GraphQLError[]): Pick<DeferredPatch, 'errors' | 'extensions'> => {
  if (told.length > 0) return { errors: told };
  return shaping.length > 0 ? { extensions: { valueCompletion: shaping } } : {};
};

/**
 * Runs a plan whose fragments are deferred: first what is not, then each part when it is there, one patch for each object. Errors stay in the
 * part in which they happen, and null goes no higher than to its object. What null takes away before gets no part. Parts that are ready
 * at the same time are told together.
 */
export async function* executeDeferred(execution: DeferredExecution): AsyncGenerator<DeferredResult, void> {
  const { plan, fetch, inOrder, root, shape, shapeDeferred, labelOf, toClient, within } = execution;
  /** Told, or never to be told. */
  const settled = new Set<string | undefined>();
  const pending = new Map<string, DeferredPlace[]>();
  const runs = runParts({
    plan,
    fetch,
    inOrder,
    isWanted: ({ label = '' }, parent) => !settled.has(parent.label) || pending.has(label),
  });
  const isReady = (label: string): boolean => runs.get(label)?.isDone ?? true;

  /** Notes what is deferred in it, but for what null took away. */
  const noting = <Shaped extends ShapedResponse | undefined>(shapeIt: (note: (deferred: DeferredPlace) => void) => Shaped, depth = 0): Shaped => {
    const found: DeferredPlace[] = [];
    const shaped = shapeIt((deferred) => void found.push(deferred));
    for (const deferred of found) {
      if (!isData(valueAt(shaped?.data, deferred.path.slice(depth)))) continue;
      const places = pending.get(deferred.label);
      if (places === undefined) pending.set(deferred.label, [deferred]);
      else places.push(deferred);
    }
    return shaped;
  };

  const patchesOf = (label: string, places: readonly DeferredPlace[]): DeferredPatch[] => {
    const told = errorsByPlace((runs.get(label)?.errors ?? []).map(toClient), places);
    const clients = labelOf(label);
    return places.flatMap((place) => {
      const shaped = noting((note) => shapeDeferred(place, note), place.path.length);
      if (shaped === undefined) return [];
      const { data, errors } = shaped;
      return { data, path: place.path, ...(clients === undefined ? {} : { label: clients }), ...problemsOf(told.get(place), errors) };
    });
  };

  /** With what is ready within what is ready. */
  const takeReady = (): DeferredPatch[] => {
    const patches: DeferredPatch[] = [];
    for (const [label, places] of pending) {
      if (!isReady(label)) continue;
      const failure = runs.get(label)?.failure;
      if (failure !== undefined) throw failure;
      pending.delete(label);
      patches.push(...patchesOf(label, places));
      settled.add(label);
    }
    return patches;
  };

  const first = runs.get(undefined) as PartRun;
  await within(first.done);
  const { data, errors } = noting((note) => shape(root, note));
  settled.add(undefined);
  yield { data, ...problemsOf(first.errors.map(toClient), errors), hasNext: pending.size > 0 };
  while (pending.size > 0) {
    if (![...pending.keys()].some(isReady)) await within(Promise.race([...pending.keys()].map((label) => runs.get(label)?.done)));
    const incremental = takeReady();
    const hasNext = pending.size > 0;
    if (incremental.length > 0) yield { incremental, hasNext };
    else if (!hasNext) yield { hasNext };
  }
}
