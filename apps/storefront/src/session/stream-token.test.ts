import { expect, test } from 'vitest';
import { createStreamToken } from './stream-token.ts';

/** A session whose tokens are numbered. */
const rig = () => {
  let number = 1;
  const asked: boolean[] = [];
  const token = createStreamToken({
    accessToken: async (options) => {
      asked.push(options?.renew === true);
      if (options?.renew) number += 1;
      return `token-${number}`;
    },
  });
  return {
    token,
    asked,
    renewedMeanwhile: () => {
      number += 1;
    },
  };
};

test('a token that was refused is renewed', async () => {
  const { token, asked } = rig();
  expect([await token({ renew: false }), await token({ renew: true })]).toEqual(['token-1', 'token-2']);
  expect(asked).toEqual([false, false, true]);
});

test('one that the session renewed meanwhile is good', async () => {
  const { token, asked, renewedMeanwhile } = rig();
  await token({ renew: false });
  renewedMeanwhile();
  expect(await token({ renew: true })).toBe('token-2');
  expect(asked).toEqual([false, false]);
});
