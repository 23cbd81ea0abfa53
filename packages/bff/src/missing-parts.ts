import type { RouterError } from './router-client.ts';
import type { View } from './view.ts';

/** What of a view is not there. */
export interface MissingParts {
  /** Names of parts that the view can do without. */
  missing: string[];
  /** Of something that it cannot do without. */
  fatal?: RouterError;
}

type Path = readonly (string | number)[];

const isAtOrBelow = (path: string, other: string): boolean => path === other || path.startsWith(`${other}.`);

/** The values at a place of the data, through every item of the lists on the way. */
const valuesAt = (value: unknown, [key, ...rest]: Path): unknown[] => {
  if (Array.isArray(value) && typeof key !== 'number') return value.flatMap((item) => valuesAt(item, key === undefined ? [] : [key, ...rest]));
  if (key === undefined) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return valuesAt((value as Record<string | number, unknown>)[key], rest);
};

/**
 * Names the parts that errors are about. An error stands at a part or inside it; or above it, because a fetch that failed for a whole list is
 * told at that list, and one for the operation itself nowhere: then the parts below that are null are what failed.
 */
export const findMissingParts = (
  { mayBeMissing = {} }: Pick<View, 'mayBeMissing'>,
  data: Readonly<Record<string, unknown>> | null,
  errors: readonly RouterError[],
): MissingParts => {
  const parts = Object.entries(mayBeMissing);
  const missing = new Set<string>();
  const namesOf = (fits: (part: string) => boolean): string[] => parts.filter(([, places]) => places.some(fits)).map(([name]) => name);
  const isNullAt = (place: string): boolean => valuesAt(data, place.split('.')).includes(null);

  const partsOf = (path: Path): string[] => {
    const place = path.filter((key) => typeof key === 'string').join('.');
    const around = namesOf((part) => isAtOrBelow(place, part));
    if (around.length > 0) return around;
    return valuesAt(data, path).includes(null) ? [] : namesOf((part) => isAtOrBelow(part, place) && isNullAt(part));
  };
  const partsAnywhere = (): string[] => {
    const absent = Object.keys(data ?? {}).filter((field) => data?.[field] === null);
    return absent.some((field) => namesOf((part) => part === field).length === 0) ? [] : namesOf(isNullAt);
  };

  for (const error of errors) {
    const names = error.path === undefined ? partsAnywhere() : partsOf(error.path);
    if (data === null || names.length === 0) return { missing: [], fatal: error };
    for (const name of names) missing.add(name);
  }
  return { missing: [...missing].sort() };
};
