import { expect, it } from 'vitest';
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
