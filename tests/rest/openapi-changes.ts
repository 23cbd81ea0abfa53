import { apiCompare } from 'api-smart-diff';

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument extends Record<string, unknown> {
  info: { version: string };
  paths: Record<string, Record<string, unknown>>;
}

export interface Change {
  /** For instance `/orders get responses 200 … status`. */
  where: string;
  what: string;
}

type Difference = ReturnType<typeof apiCompare>['diffs'][number];

/** Clients read it, or send it, and what is not known is refused: the library takes either for harmless where the property is optional. */
const isPropertyGone = ({ action, path }: Difference): boolean => action === 'remove' && path.at(-2) === 'properties';

const isHeaderGone = ({ action, path }: Difference): boolean => action === 'remove' && path.includes('responses') && path.at(-2) === 'headers';

const typesOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
const isWithin = (narrow: unknown, wide: unknown): boolean => typesOf(narrow).every((type) => typesOf(wide).includes(type));

const isReplacedType = ({ action, path }: Difference): boolean => action === 'replace' && ['type', 'format', 'const'].includes(String(path.at(-1)));

/** The library takes every other type of an answer for a narrower one. */
const isOtherType = ({ path, before, after }: Difference): boolean =>
  path.includes('responses') ? !isWithin(after, before) : !isWithin(before, after);

const isBreaking = (difference: Difference): boolean =>
  isReplacedType(difference) ? isOtherType(difference) : difference.type === 'breaking' || isPropertyGone(difference) || isHeaderGone(difference);

/**
 * What a client of `before` would stumble over in `after`. Only below `paths`: there the comparison knows whether a schema is sent or
 * received, and what a reference leads to is compared in its place.
 */
export const breakingChanges = (before: OpenApiDocument, after: OpenApiDocument): Change[] =>
  apiCompare(before, after)
    .diffs.filter((difference) => difference.path[0] === 'paths' && isBreaking(difference))
    .map(({ path, action, description }) => ({ where: path.slice(1).join(' '), what: description ?? action }));

const majorOf = ({ info }: OpenApiDocument): number => Number(info.version.split('.')[0]);

/** A new major version may break what it wants. */
export const isNewMajor = (before: OpenApiDocument, after: OpenApiDocument): boolean => majorOf(after) > majorOf(before);
