import { describe, expect, test } from 'vitest';
import {
  DEFAULT_PAGE_SIZE,
  MAX_PAGE_SIZE,
  type PageRequest,
  parsePage,
  type SortKeyKind,
  type SortKeys,
  toConnection,
  toPage,
} from './pagination.ts';

const refused = (code: string) => expect.objectContaining({ code, kind: 'invalid' });
const cursorOf = (keys: unknown): string => Buffer.from(JSON.stringify(keys)).toString('base64url');
const connectionOf = (items: readonly SortKeys[], request: PageRequest, hasNextPage = false) =>
  toConnection(
    { items: [...items], hasNextPage },
    request,
    (keys) => keys,
    (keys) => ({ label: keys.join(' ') }),
  );
const FIRST_PAGE: PageRequest = { limit: 2, after: undefined };

describe('the page a client asks for', () => {
  test('starts at the beginning with 20 items when nothing is said, also when it is said with null', () => {
    const standard = { limit: DEFAULT_PAGE_SIZE, after: undefined };
    expect(parsePage({}, ['string'])).toEqual(standard);
    expect(parsePage({ first: null, after: null }, ['string'])).toEqual(standard);
  });

  test('has 1 to 100 items', () => {
    expect([1, MAX_PAGE_SIZE].map((first) => parsePage({ first }, []).limit)).toEqual([1, 100]);
    for (const first of [0, -1, MAX_PAGE_SIZE + 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => parsePage({ first }, [])).toThrow(refused('PAGE_SIZE_INVALID'));
  });

  test('tells the limits when it is too large', () => {
    expect(() => parsePage({ first: 101 }, [])).toThrow(expect.objectContaining({ details: { first: 101, maximum: 100 } }));
  });
});

describe('a cursor', () => {
  const roundTrip = (keys: SortKeys, kinds: readonly SortKeyKind[]): SortKeys | undefined =>
    parsePage({ after: connectionOf([keys], FIRST_PAGE).pageInfo.endCursor }, kinds).after;

  test('brings every sort key back as it was', () => {
    expect(roundTrip(['2011-12-09T12:50:00.000Z', '581587'], ['time', 'string'])).toEqual(['2011-12-09T12:50:00.000Z', '581587']);
    expect(roundTrip(['Crème brûlée 🍮 "large", \\', ''], ['string', 'string'])).toEqual(['Crème brûlée 🍮 "large", \\', '']);
    expect(roundTrip([0], ['number'])).toEqual([0]);
    expect(roundTrip([2_147_483_647], ['number'])).toEqual([2_147_483_647]);
  });

  test('fits into a URL as it is', () => {
    for (const name of ['???>>>', 'ÿÿÿ', '~~~~']) expect(connectionOf([[name]], FIRST_PAGE).edges[0]?.cursor).toMatch(/^[\w-]+$/);
  });

  test('that is not one is refused', () => {
    for (const after of ['', 'x', '!!!', 'W10', cursorOf({}), cursorOf(null), cursorOf('text'), cursorOf({ length: 1, 0: 'a' })])
      expect(() => parsePage({ after }, ['string']), after).toThrow(refused('CURSOR_INVALID'));
  });

  test('of another list is refused: it has more keys, fewer, or keys of another kind', () => {
    const attempts: [unknown[], SortKeyKind[]][] = [
      [['a', 'b'], ['string']],
      [['a'], ['string', 'string']],
      [[1], ['string']],
      [['1'], ['number']],
      [[null], ['string']],
      [[['a']], ['string']],
      [['a'], []],
    ];
    for (const [keys, kinds] of attempts)
      expect(() => parsePage({ after: cursorOf(keys) }, kinds), JSON.stringify(keys)).toThrow(refused('CURSOR_INVALID'));
  });

  // `Date` would take each of these; PostgreSQL takes none, or reads another moment out of it.
  test('whose time is not one that a list writes is refused', () => {
    const times = [
      'SET OF 3 CAKE TINS',
      'Lamp 2',
      '0',
      '2011',
      '2011-02-30T00:00:00.000Z',
      '2011-01-01T24:00:00.000Z',
      '+012011-01-01T00:00:00.000Z',
      '-000001-01-01T00:00:00.000Z',
      '0000-01-01T00:00:00.000Z',
      '',
    ];
    for (const time of times) expect(() => parsePage({ after: cursorOf([time, '1']) }, ['time', 'string']), time).toThrow(refused('CURSOR_INVALID'));
  });

  test('whose number is not a whole one of 32 bits is refused', () => {
    for (const number of [1.5, 1e300, 2_147_483_648, -2_147_483_649])
      expect(() => parsePage({ after: cursorOf([number]) }, ['number']), String(number)).toThrow(refused('CURSOR_INVALID'));
  });

  test('with a null character in it is refused before it reaches the database', () => {
    expect(() => parsePage({ after: cursorOf(['a\0b']) }, ['string'])).toThrow(refused('CURSOR_INVALID'));
  });
});

describe('a page of rows', () => {
  test('has a next one exactly when the repository found a row too many', () => {
    expect(toPage([1, 2, 3], 2)).toEqual({ items: [1, 2], hasNextPage: true });
    expect(toPage([1, 2], 2)).toEqual({ items: [1, 2], hasNextPage: false });
    expect(toPage([], 2)).toEqual({ items: [], hasNextPage: false });
  });
});

describe('a connection', () => {
  test('gives the same nodes with and without their cursors', () => {
    const connection = connectionOf([['a'], ['b']], FIRST_PAGE, true);
    expect(connection.nodes).toEqual([{ label: 'a' }, { label: 'b' }]);
    expect(connection.edges.map(({ node }) => node)).toEqual(connection.nodes);
    expect(connection.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: connection.edges[0]?.cursor,
      endCursor: connection.edges[1]?.cursor,
    });
    expect(connection.pageInfo.startCursor).not.toBe(connection.pageInfo.endCursor);
  });

  test('that was asked for with a cursor has a page before it', () => {
    expect(connectionOf([['b']], { limit: 2, after: ['a'] }).pageInfo.hasPreviousPage).toBe(true);
  });

  test('without items has no cursors', () => {
    expect(connectionOf([], FIRST_PAGE)).toEqual({
      nodes: [],
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });
});
