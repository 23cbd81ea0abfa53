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

const mergeValue = (present: unknown, received: unknown, selects: SelectionTree): unknown => {
  if (isData(present) && isData(received)) {
    merge(present, received, selects);
    return present;
  }
  if (Array.isArray(present) && Array.isArray(received) && present.length === received.length)
    return present.map((item, index) => mergeValue(item, received[index], selects));
  return received;
};

/** Puts what was fetched into what is there: only the names that were asked for, whatever else a subgraph sends. */
export const merge = (target: Data, source: Data, selects: SelectionTree): void => {
  for (const [name, below] of selects) {
    const received = own(source, name);
    if (received === undefined) continue;
    const present = below === undefined ? undefined : own(target, name);
    setOwn(target, name, present === undefined || present === null || below === undefined ? received : mergeValue(present, received, below));
  }
};
