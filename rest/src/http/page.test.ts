import { describe, expect, test } from 'vitest';
import { pageLinks, pageQuery, toPageRequest } from './page.ts';

const afterOf = (href: string | undefined): string | undefined => new URL(href ?? '', 'http://x').searchParams.get('after') ?? undefined;

describe('the cursor of a page', () => {
  test('stays one that is accepted, however long the cursors of the subgraph are and however many pages came before', () => {
    let after: string | undefined;
    for (let number = 0; number < 15; number++) {
      const endCursor = `${number}`.padStart(900, 'c');
      after = afterOf(pageLinks('/products', { first: 5, after }, { hasNextPage: true, endCursor })['next']?.href);
      expect(pageQuery.after.safeParse(after).success).toBe(true);
      expect(toPageRequest({ first: 5, after })).toEqual({ first: 5, after: endCursor });
    }
    expect(pageLinks('/products', { after }, { hasNextPage: false })).toMatchObject({ first: { href: '/products' }, prev: expect.anything() });
  });

  test('that comes from elsewhere has a first page and none before it', () => {
    const links = pageLinks('/products', { after: 'abc', search: 'a b&c' }, { hasNextPage: false });
    expect(links).toEqual({ self: { href: '/products?search=a+b%26c&after=abc' }, first: { href: '/products?search=a+b%26c' } });
  });

  test('that begins with nothing is refused', () => {
    expect(() => toPageRequest({ after: '.abc' })).toThrow(expect.objectContaining({ statusCode: 400 }));
  });
});
