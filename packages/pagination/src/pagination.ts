import { DomainError } from '@supergraph/errors';

/** Largest `first` a client may ask for. */
export const MAX_PAGE_SIZE = 100;
export const DEFAULT_PAGE_SIZE = 20;

/** `first` is out of range. */
export const invalidPageSize = (first: number): DomainError =>
  new DomainError('invalid', 'PAGE_SIZE_INVALID', `first must be between 1 and ${MAX_PAGE_SIZE}, got ${first}.`, { first, maximum: MAX_PAGE_SIZE });

/** `after` was not made by this list. */
export const invalidCursor = (): DomainError =>
  new DomainError('invalid', 'CURSOR_INVALID', 'after is not a cursor of this list. Pass the endCursor or an edge cursor of the page before.');

/** One sort key per column of the list's order, most significant first. */
export type SortKeys = readonly (string | number)[];

/**
 * What a sort key holds, so that a cursor of another list is refused before it reaches the database: text, a whole number
 * of 32 bits, or a time as `Date.toISOString` writes it.
 */
export type SortKeyKind = 'string' | 'number' | 'time';

/** A keyset page: at most `limit` items that come after the item with the sort keys `after`. */
export interface PageRequest {
  limit: number;
  after: SortKeys | undefined;
}

/** What a repository answers: at most `limit` items, and whether more follow. */
export interface Page<Item> {
  items: Item[];
  hasNextPage: boolean;
}

/** The arguments of every list field. */
export interface ConnectionArguments {
  first?: number | null | undefined;
  after?: string | null | undefined;
}

/**
 * Reads `first` and `after` into a page request. `keys` gives the kind of each sort key.
 * @throws PAGE_SIZE_INVALID, CURSOR_INVALID
 */
export const parsePage = ({ first, after }: ConnectionArguments, keys: readonly SortKeyKind[]): PageRequest => {
  const limit = first ?? DEFAULT_PAGE_SIZE;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_SIZE) throw invalidPageSize(limit);
  return { limit, after: after === null || after === undefined ? undefined : decodeCursor(after, keys) };
};

const encodeCursor = (keys: SortKeys): string => Buffer.from(JSON.stringify(keys)).toString('base64url');

/** `Date` alone would read a time out of 'Lamp 2', which PostgreSQL does not. */
const isTime = (text: string): boolean => {
  const time = new Date(text);
  return /^(?!0000)\d{4}-/.test(text) && !Number.isNaN(time.getTime()) && time.toISOString() === text;
};

const fits = (value: unknown, kind: SortKeyKind | undefined): boolean => {
  if (kind === 'number') return typeof value === 'number' && (value | 0) === value;
  if (typeof value !== 'string' || value.includes('\0')) return false;
  return kind === 'string' || (kind === 'time' && isTime(value));
};

const decodeCursor = (cursor: string, kinds: readonly SortKeyKind[]): SortKeys => {
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw invalidCursor();
  }
  if (!Array.isArray(decoded) || decoded.length !== kinds.length || !decoded.every((value, index) => fits(value, kinds[index])))
    throw invalidCursor();
  return decoded;
};

/** Cuts the one extra row a repository asked for to learn whether more follow. */
export const toPage = <Item>(rows: Item[], limit: number): Page<Item> => ({ items: rows.slice(0, limit), hasNextPage: rows.length > limit });

/** A Relay connection (https://relay.dev/graphql/connections.htm), with `nodes` beside `edges`. */
export interface Connection<Node> {
  nodes: Node[];
  edges: { node: Node; cursor: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

/**
 * Turns a page of domain objects into a connection of DTOs. `sortKeys` must give the same columns, in the same order,
 * as the repository sorts by. `hasPreviousPage` is true when the page was asked for with a cursor: lists are read forward only.
 */
export const toConnection = <Item, Node>(
  page: Page<Item>,
  request: PageRequest,
  sortKeys: (item: Item) => SortKeys,
  toNode: (item: Item) => Node,
): Connection<Node> => {
  const edges = page.items.map((item) => ({ node: toNode(item), cursor: encodeCursor(sortKeys(item)) }));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: request.after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
};
