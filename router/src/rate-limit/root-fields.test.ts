import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { countRootFields } from './root-fields.ts';

const doubling = (levels: number): string =>
  `{ ...F0 } ${Array.from({ length: levels }, (_, index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`).join(' ')} fragment F${levels} on Query { a }`;

const SIGN_IN = 'signIn(input: { email: "a", password: "b" }) { accessToken }';

describe('root fields of an operation', () => {
  it.each<[string, string, number, number, string?]>([
    ['one', '{ me { id name } }', 1, 0],
    ['aliases, each one', '{ a: me { id } b: me { id } c: me { id } }', 3, 0],
    ['fragments', '{ ...A ... on Query { me { id } ... { b: me { id } } } } fragment A on Query { c: me { id } d: me { id } }', 4, 0],
    ['a fragment used twice, twice', '{ ...A ...A } fragment A on Query { me { id } }', 2, 0],
    ['what is skipped', '{ me @skip(if: true) { id } b: me @include(if: false) { id } }', 2, 0],
    ['a fragment that does not exist', '{ ...Gone me { id } }', 1, 0],
    ['a circle', '{ ...A } fragment A on Query { me { id } ...B } fragment B on Query { you { id } ...A }', 2, 0],
    ['the operation that is named', 'query A { a } query B { a b c }', 1, 0, 'A'],
    ['the largest, when none is named', 'query A { a } query B { a b c }', 3, 0],
    ['the largest, when another is named', 'query A { a } query B { a b c }', 3, 0, 'C'],
    ['no operation', 'fragment A on Query { a }', 0, 0],
    ['a sign-in', `mutation { ${SIGN_IN} }`, 1, 1],
    ['a sign-in under another name', `mutation { x: ${SIGN_IN} refreshSession(input: {}) { accessToken } signOut { ok } }`, 3, 2],
    ['sign-ins in a fragment', `mutation { ...A ...A } fragment A on Mutation { a: ${SIGN_IN} ... { b: ${SIGN_IN} } }`, 4, 4],
    ['a hundred aliases of a sign-in', `mutation { ${Array.from({ length: 100 }, (_, index) => `a${index}: ${SIGN_IN}`).join(' ')} }`, 100, 100],
    ['a query field of that name', '{ signIn }', 1, 0],
    ['a field below the root', 'mutation { other { signIn } }', 1, 0],
  ])('counts %s', (_what, text, rootFields, signIns, name) => {
    expect(countRootFields(parse(text), name)).toEqual({ rootFields, signIns });
  });

  it.each([60, 500])('counts a bomb of %i doublings at once', (levels) => {
    const document = parse(doubling(levels));
    const began = performance.now();
    expect(countRootFields(document).rootFields).toBe(2 ** levels);
    expect(performance.now() - began).toBeLessThan(50);
  });
});
