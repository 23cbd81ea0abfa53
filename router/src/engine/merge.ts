import type { SelectionTree } from './compiled-plan.ts';

/** A JSON object as a subgraph sent it. */
export type Data = Record<string, unknown>;

export const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Its own value of that name: what it inherits (`constructor`, `toString`) is not data. */
export const own = (data: Data, name: string): unknown => {
  const value = data[name];
  // JSON has no functions, and all that an object inherits but `__proto__` is one.
  if (typeof value !== 'function' && name !== '__proto__') return value;
  return Object.hasOwn(data, name) ? value : undefined;
};

/** Assigning to `__proto__` would change what the object inherits instead of what it holds. */
export const setOwn = (data: Data, name: string, value: unknown): void => {
  if (name === '__proto__') Object.defineProperty(data, name, { value, enumerable: true, configurable: true, writable: true });
  else data[name] = value;
};

/** Whether every object inherits something of that name: it is read by `own` and written by `setOwn` only. */
export const isInherited = (name: string): boolean => name in Object.prototype;

/** A name to merge, and what is merged below it; nothing below a leaf. */
export interface MergedField {
  name: string;
  isPlain: boolean;
  below: readonly MergedField[] | undefined;
}

const known = new WeakMap<SelectionTree, readonly MergedField[]>();

/** What `merge` takes of what a fetch selects, the same as long as its plan lives. */
export const mergedFields = (selects: SelectionTree): readonly MergedField[] => {
  const present = known.get(selects);
  if (present !== undefined) return present;
  const fields = Array.from(selects, ([name, below]) => ({ name, isPlain: !isInherited(name), below: below && mergedFields(below) }));
  known.set(selects, fields);
  return fields;
};

const mergeValue = (present: unknown, received: unknown, fields: readonly MergedField[]): unknown => {
  if (isData(present) && isData(received)) {
    merge(present, received, fields);
    return present;
  }
  if (Array.isArray(present) && Array.isArray(received) && present.length === received.length)
    return present.map((item, index) => mergeValue(item, received[index], fields));
  return received;
};

const mergeField = (target: Data, source: Data, { name, below }: MergedField): void => {
  const received = own(source, name);
  if (received === undefined) return;
  const present = below === undefined ? undefined : own(target, name);
  setOwn(target, name, present === undefined || present === null || below === undefined ? received : mergeValue(present, received, below));
};

/** Puts what was fetched into what is there: only the names that were asked for, whatever else a subgraph sends. */
export const merge = (target: Data, source: Data, fields: readonly MergedField[]): void => {
  for (const field of fields) {
    if (field.below !== undefined || !field.isPlain) mergeField(target, source, field);
    else {
      const received = source[field.name];
      if (received !== undefined) target[field.name] = received;
    }
  }
};
