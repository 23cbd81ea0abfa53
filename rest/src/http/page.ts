import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '@supergraph/pagination';
import { z } from 'zod';
import { type Links, link, withQuery } from '../hal.ts';
import { requestInvalid } from './request-errors.ts';

/** How many pages back `prev` can lead, and how long a cursor may be: what is older is forgotten, and then there is `first`. */
const MAX_TRAIL = 10;
const MAX_LENGTH = 2_048;
/** Stands in a cursor after the start of the second page: before it there is only the first. */
const START = '';
const SEPARATOR = '.';

/** Query parameters of every list. */
export const pageQuery = {
  first: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE_SIZE)
    .optional()
    .meta({ description: `How many, 1 to ${MAX_PAGE_SIZE}; ${DEFAULT_PAGE_SIZE} when left out.`, examples: [DEFAULT_PAGE_SIZE] }),
  after: z
    .string()
    .min(1)
    .max(4_096)
    .optional()
    .meta({ description: 'Where the page starts: taken from a `next` or `prev` link, or a cursor of the GraphQL interface.' }),
};

interface PageQuery {
  [name: string]: string | number | undefined;
  first?: number | undefined;
  after?: string | undefined;
}

type PageInfo = { hasNextPage: boolean; endCursor?: string | undefined } | null;

const trailOf = (after: string): readonly string[] => after.split(SEPARATOR);

/** What subgraphs take. Their lists are read forward only, so a cursor here carries the cursors of the pages before it. */
export const toPageRequest = ({ first, after }: PageQuery): { first: number; after?: string } => {
  if (after === undefined) return { first: first ?? DEFAULT_PAGE_SIZE };
  const [cursor = ''] = trailOf(after);
  if (cursor === '') throw requestInvalid([{ parameter: 'after', detail: 'after is taken from a next or prev link of this list' }]);
  return { first: first ?? DEFAULT_PAGE_SIZE, after: cursor };
};

const nextCursor = (after: string | undefined, endCursor: string): string => {
  const cursors = [endCursor, ...(after === undefined ? [START] : trailOf(after))].slice(0, MAX_TRAIL + 1);
  while (cursors.length > 1 && cursors.join(SEPARATOR).length > MAX_LENGTH) cursors.pop();
  return cursors.join(SEPARATOR);
};

/** @returns undefined when it is not known any more; an empty string for the first page. */
const previousCursor = (after: string): string | undefined => {
  const [, ...before] = trailOf(after);
  return before.length === 0 ? undefined : before.join(SEPARATOR);
};

/** `self`, and `first`, `prev` and `next` where there are such pages; every other parameter of the query stays. */
export const pageLinks = (href: string, query: object, pageInfo: PageInfo): Links => {
  const { after, ...rest } = query as PageQuery;
  const to = (cursor: string | undefined) => link(withQuery(href, { ...rest, after: cursor === '' ? undefined : cursor }));
  const links: Links = { self: to(after) };
  if (after !== undefined) {
    links['first'] = to(undefined);
    const previous = previousCursor(after);
    if (previous !== undefined) links['prev'] = to(previous);
  }
  if (pageInfo?.hasNextPage === true && pageInfo.endCursor !== undefined) links['next'] = to(nextCursor(after, pageInfo.endCursor));
  return links;
};
