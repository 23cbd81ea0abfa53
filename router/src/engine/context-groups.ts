import type { GraphQLSchema } from 'graphql';
import { type FetchStep, type Step, stepsBelow } from './compiled-plan.ts';
import type { ContextArgument, ContextSource } from './context-arguments.ts';
import { type Data, isData, own, setOwn } from './merge.ts';
import { type Ancestors, type PlaceBelow, type Places, placesWithAncestors } from './places.ts';
import { type Represented, representPlaces } from './represent-places.ts';
import { isOfType } from './rewrites.ts';
import { withoutVariables } from './without-variables.ts';

/** Entities that are asked for with the same values of their context arguments. */
export interface EntityGroup {
  /** Without the fields whose values could not be fetched. */
  fetch: FetchStep;
  context: Data;
  wanted: readonly Represented[];
}

const TYPE_CONDITION = '... on ';
/** The object there is of another type. */
const UNMATCHED = Symbol('unmatched');
/** What belongs there was not fetched. */
const MISSING = Symbol('missing');

const valueAlong = (schema: GraphQLSchema, value: unknown, path: readonly string[], depth: number): unknown => {
  const element = path[depth];
  if (value === undefined) return MISSING;
  if (element === undefined || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => valueAlong(schema, item, path, depth));
    return items.find((item) => typeof item === 'symbol') ?? items;
  }
  if (!isData(value)) return MISSING;
  if (!element.startsWith(TYPE_CONDITION)) return valueAlong(schema, own(value, element), path, depth + 1);
  const typename = own(value, '__typename');
  const isMatched = typename === undefined || isOfType(schema, typename, element.slice(TYPE_CONDITION.length));
  return isMatched ? valueAlong(schema, value, path, depth + 1) : UNMATCHED;
};

const objectAt = ({ place, above }: PlaceBelow, up: number): unknown => {
  let at: Ancestors | undefined = { data: place, above };
  for (let left = up; left > 0; left--) at = at?.above;
  return at?.data;
};

/** Null where no type condition holds: composition lets conditions leave types out, and demands that the argument takes null. */
const valueFor = (schema: GraphQLSchema, place: PlaceBelow, sources: readonly ContextSource[]): unknown => {
  for (const { up, path } of sources) {
    const value = valueAlong(schema, objectAt(place, up), path, 0);
    if (value !== UNMATCHED) return value;
  }
  return null;
};

interface Given {
  context: Data;
  missing: string[];
}

const givenTo = (schema: GraphQLSchema, place: PlaceBelow, contexts: readonly ContextArgument[]): Given => {
  const given: Given = { context: {}, missing: [] };
  for (const { variable, sources } of contexts) {
    const value = valueFor(schema, place, sources);
    if (value === MISSING) given.missing.push(variable);
    else setOwn(given.context, variable, value);
  }
  return given;
};

/** One group for each combination of values, in the order of their first entities; a fetch without context arguments has one at most. */
export const groupByContext = (schema: GraphQLSchema, fetch: FetchStep, places: Places, root: Data): EntityGroup[] => {
  const toGroup = (given: Given, values: readonly Data[]): EntityGroup[] => {
    const asked = given.missing.length === 0 ? fetch : withoutVariables(fetch, given.missing);
    const wanted = asked === undefined ? [] : representPlaces(schema, asked, values);
    return asked === undefined || wanted.length === 0 ? [] : [{ fetch: asked, context: given.context, wanted }];
  };
  if (fetch.contexts.length === 0) return toGroup({ context: {}, missing: [] }, places.values);
  const groups = new Map<string, { given: Given; values: Data[] }>();
  for (const place of placesWithAncestors(root, places.path)) {
    const given = givenTo(schema, place, fetch.contexts);
    const key = JSON.stringify([given.context, given.missing]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { given, values: [place.place] });
    else known.values.push(place.place);
  }
  return [...groups.values()].flatMap(({ given, values }) => toGroup(given, values));
};

const withContexts = new WeakMap<Step, boolean>();

/** Whether an object below an entity may differ from place to place where that entity stands. */
export const passesContexts = (step: Step): boolean => {
  const known = withContexts.get(step);
  if (known !== undefined) return known;
  const passes = step.kind === 'fetch' ? step.contexts.length > 0 : stepsBelow(step).some(passesContexts);
  withContexts.set(step, passes);
  return passes;
};

/** The same for parts of one plan that are run one by one. */
export const passContextsTogether = (parts: readonly Step[]): void => {
  if (parts.some(passesContexts)) for (const part of parts) withContexts.set(part, true);
};
