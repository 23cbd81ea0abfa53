import { type Data, own } from './merge.ts';

export type Path = (string | number)[];

/** Objects of the answer, and the way there as the plan has it: the planner writes `@` for "every item". */
export interface Places {
  values: readonly Data[];
  path: readonly string[];
}

const descend = (value: unknown, name: string, found: unknown[]): void => {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) found.push(own(value as Data, name));
  else if (name === '@') for (const item of value) found.push(item);
  else for (const item of value) descend(item, name, found);
};

const arriveAt = (value: unknown, found: Data[]): void => {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) for (const item of value) arriveAt(item, found);
  else found.push(value as Data);
};

export const placesBelow = (places: Places, path: readonly string[]): Places => {
  let level: readonly unknown[] = places.values;
  for (const name of path) {
    const below: unknown[] = [];
    for (const value of level) descend(value, name, below);
    level = below;
  }
  const values: Data[] = [];
  for (const value of level) arriveAt(value, values);
  return { values, path: [...places.path, ...path] };
};

interface Walk {
  path: readonly string[];
  at: Path;
  ways: Map<Data, Path[]>;
}

const walkInto = (walk: Walk, key: string | number, value: unknown, depth: number): void => {
  walk.at.push(key);
  walkOn(walk, value, depth);
  walk.at.pop();
};

const arrive = ({ at, ways }: Walk, place: Data): void => {
  const known = ways.get(place);
  if (known === undefined) ways.set(place, [[...at]]);
  else known.push([...at]);
};

const walkOn = (walk: Walk, value: unknown, depth: number): void => {
  if (typeof value !== 'object' || value === null) return;
  const name = walk.path[depth];
  if (Array.isArray(value)) for (const [index, item] of value.entries()) walkInto(walk, index, item, name === '@' ? depth + 1 : depth);
  else if (name === undefined) arrive(walk, value as Data);
  else walkInto(walk, name, own(value as Data, name), depth + 1);
};

/** Every way from the root of the answer to each of the places: only errors need them. */
export const waysTo = (root: Data, path: readonly string[]): Map<Data, Path[]> => {
  const ways = new Map<Data, Path[]>();
  walkOn({ path, at: [], ways }, root, 0);
  return ways;
};

/** As far as the way to all of the places is the same. */
export const commonPath = (path: readonly string[]): Path => {
  const list = path.indexOf('@');
  return list === -1 ? [...path] : path.slice(0, list);
};

/** The objects around one, nearest first: one for each name on the way to it. */
export interface Ancestors {
  data: Data;
  above: Ancestors | undefined;
}

export interface PlaceBelow {
  place: Data;
  above: Ancestors | undefined;
}

const collectWithin = (value: unknown, path: readonly string[], depth: number, above: Ancestors | undefined, found: PlaceBelow[]): void => {
  if (typeof value !== 'object' || value === null) return;
  const name = path[depth];
  if (Array.isArray(value)) for (const item of value) collectWithin(item, path, name === '@' ? depth + 1 : depth, above, found);
  else if (name === undefined) found.push({ place: value as Data, above });
  else collectWithin(own(value as Data, name), path, depth + 1, { data: value as Data, above }, found);
};

/** The places at the end of a path from the root of the answer, each with what it stands in. */
export const placesWithAncestors = (root: Data, path: readonly string[]): PlaceBelow[] => {
  const found: PlaceBelow[] = [];
  collectWithin(root, path, 0, undefined, found);
  return found;
};
