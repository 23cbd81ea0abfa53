import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import type { FetchStep } from './compiled-plan.ts';
import { type Data, isInherited } from './merge.ts';
import { representationOf } from './representations.ts';
import { applyRewrites } from './rewrites.ts';

/** An entity to fetch. */
export interface Represented {
  representation: Data;
  /** The same as JSON. */
  text: string;
  /** What it stands for. */
  places: Data[];
}

/** The usual key: fields of one type with nothing below them, and no names that every object inherits. */
interface PlainKey {
  type: string;
  /** In the order of the plan, the type's name among them. */
  all: readonly string[];
  /** Beside the type's name. */
  names: readonly string[];
}

const plainKeys = new WeakMap<readonly QueryPlanSelectionNode[], { plain: PlainKey | undefined }>();

const readPlainKey = (requires: readonly QueryPlanSelectionNode[]): PlainKey | undefined => {
  const [fragment, ...more] = requires;
  if (fragment?.kind !== 'InlineFragment' || fragment.typeCondition === undefined || more.length > 0) return undefined;
  const names = fragment.selections.map((field) =>
    field.kind === 'Field' && field.selections === undefined ? (field.alias ?? field.name) : undefined,
  );
  const plain = names.filter((name) => name !== undefined).filter((name) => !isInherited(name));
  if (plain.length < names.length || !plain.includes('__typename')) return undefined;
  return { type: fragment.typeCondition, all: plain, names: plain.filter((name) => name !== '__typename') };
};

const plainKeyOf = ({ requires = [], inputRewrites }: FetchStep): PlainKey | undefined => {
  const known = plainKeys.get(requires) ?? { plain: inputRewrites.length === 0 ? readPlainKey(requires) : undefined };
  plainKeys.set(requires, known);
  return known.plain;
};

const keyPart = (value: Data, name = ''): string | number | undefined => {
  const part = value[name];
  return typeof part === 'string' || typeof part === 'number' ? part : undefined;
};

/** What tells one entity from others of its type by a plain key; undefined when it takes a closer look. */
const plainIdentity = ({ type, names }: PlainKey, value: Data): string | number | undefined => {
  if (value['__typename'] !== type) return undefined;
  if (names.length === 1) return keyPart(value, names[0]);
  let identity = '';
  for (const name of names) {
    const part = value[name];
    // Its length keeps a text apart from what follows; no number has a colon.
    if (typeof part === 'string') identity += `${part.length}:${part}`;
    else if (typeof part === 'number') identity += `${part},`;
    else return undefined;
  }
  return identity;
};

const plainRepresentation = ({ all }: PlainKey, value: Data): Represented => {
  const representation: Data = {};
  for (const name of all) representation[name] = value[name];
  return { representation, text: JSON.stringify(representation), places: [value] };
};

/** Identical entities are fetched once. What lacks a part of its key has no representation. */
export const representPlaces = (schema: GraphQLSchema, fetch: FetchStep, places: readonly Data[]): Represented[] => {
  const { requires = [], inputRewrites } = fetch;
  const plain = plainKeyOf(fetch);
  const found: Represented[] = [];
  const byIdentity = new Map<string | number, Represented>();
  const byText = new Map<string, Represented>();

  const addPlain = (key: PlainKey, identity: string | number, value: Data): void => {
    const known = byIdentity.get(identity);
    if (known !== undefined) {
      known.places.push(value);
      return;
    }
    const represented = plainRepresentation(key, value);
    byIdentity.set(identity, represented);
    found.push(represented);
  };

  const addOther = (value: Data): void => {
    const representation = representationOf(schema, value, requires);
    if (representation === undefined) return;
    applyRewrites(schema, inputRewrites, representation);
    const text = JSON.stringify(representation);
    const known = byText.get(text);
    if (known !== undefined) {
      known.places.push(value);
      return;
    }
    const represented = { representation, text, places: [value] };
    byText.set(text, represented);
    found.push(represented);
  };

  for (const value of places) {
    const identity = plain && plainIdentity(plain, value);
    if (plain === undefined || identity === undefined) addOther(value);
    else addPlain(plain, identity, value);
  }
  return found;
};
