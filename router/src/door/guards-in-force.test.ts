import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { countRootFields } from '../rate-limit/root-fields.ts';
import { createCounts } from './guards-in-force.ts';

const SIGN_IN = 'mutation SignIn($email: String!) { signIn(email: $email) { accessToken } }';

it('counts a sign-in, whatever was asked before under a name and a text that look the same side by side', () => {
  const countsOf = createCounts();
  const at = SIGN_IN.indexOf(':');
  expect(countsOf(SIGN_IN.slice(at + 1), SIGN_IN.slice(0, at))).toEqual({ rootFields: 1, signIns: 0 });
  expect(countsOf(`A:${SIGN_IN}`, undefined)).toEqual({ rootFields: 1, signIns: 0 });
  expect(countsOf(SIGN_IN, undefined)).toEqual({ rootFields: 1, signIns: 1 });
  expect(countsOf(SIGN_IN, 'A')).toEqual({ rootFields: 1, signIns: 1 });
});

const many = Array.from(
  { length: 20 },
  (_, index) => `mutation M${index} { ${Array.from({ length: index + 1 }, (_, at) => `a${at}: signIn`).join(' ')} }`,
);

it.each([
  ['one operation', SIGN_IN, ['SignIn']],
  ['several', `${SIGN_IN} query Two { a b }`, ['SignIn', 'Two']],
  ['one of them without a name', `${SIGN_IN} { a b c }`, ['SignIn']],
  ['the same name twice', 'query A { a } query A { a b }', ['A']],
  ['more than are kept', many.join(' '), many.map((_, index) => `M${index}`)],
])('counts a document with %s the same, however often and under whatever names', (_, query, names) => {
  const countsOf = createCounts();
  const asked = [...names, undefined, '', 'Unknown', '__proto__', ...names, 'Unknown', undefined];
  for (const name of asked) expect(countsOf(query, name), name).toEqual(countRootFields(parse(query), name));
});
