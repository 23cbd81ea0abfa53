import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readSettings } from './config.ts';
import { tokenIssuers, tokenShape } from './token-settings.ts';

const read = (env: NodeJS.ProcessEnv) => tokenIssuers(readSettings('door', z.object(tokenShape(env)), env));
const PARTNER = { issuer: 'https://partner.test', audience: 'shop', jwksUrl: 'https://partner.test/keys' };

describe('whose access tokens a door takes', () => {
  test('are those of the user subgraph, when nothing is set', () => {
    const ours = {
      issuer: 'https://user.supergraph.local',
      audience: 'supergraph',
      algorithms: ['EdDSA'],
      type: 'at+jwt',
      keys: expect.any(Function),
    };
    expect(read({})).toEqual([ours]);
    expect(read({ TOKEN_ISSUER: 'https://login.test', TOKEN_AUDIENCE: 'shop' })).toEqual([
      { ...ours, issuer: 'https://login.test', audience: 'shop' },
    ]);
  });

  test('are also those of further issuers', () => {
    const TOKEN_ISSUERS = JSON.stringify([PARTNER, { ...PARTNER, issuer: 'https://other.test', algorithms: ['RS256'], type: 'JWT' }]);
    expect(read({ TOKEN_ISSUERS }).slice(1)).toEqual([
      { issuer: 'https://partner.test', audience: 'shop', keys: expect.any(Function) },
      { issuer: 'https://other.test', audience: 'shop', algorithms: ['RS256'], type: 'JWT', keys: expect.any(Function) },
    ]);
  });

  test('are told by settings that make sense only', () => {
    const wrong = ['partner', '{}', [{ ...PARTNER, audience: '' }], [{ ...PARTNER, algorithms: ['HS256'] }], [{ ...PARTNER, algorithms: [] }]];
    for (const value of [...wrong, [{ ...PARTNER, jwksUrl: 'file:///keys' }], [{ ...PARTNER, key: 'secret' }]]) {
      const TOKEN_ISSUERS = typeof value === 'string' ? value : JSON.stringify(value);
      expect(() => read({ TOKEN_ISSUERS }), TOKEN_ISSUERS).toThrow('TOKEN_ISSUERS: expected JSON');
    }
  });
});
