import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

const NEEDED = {
  WEBHOOKS_DATABASE_URL: 'postgres://user:password@localhost/webhooks',
  MESSAGE_BUS_URL: 'postgres://user:password@localhost/bus',
  WEBHOOKS_INTERNAL_KEY: 'k'.repeat(32),
  WEBHOOKS_USER_KEY: 'u'.repeat(32),
};
const OWN = { WEBHOOKS_KEY_SECRET: 'sixteen-or-more!', WEBHOOKS_PAYMENT_SECRET: `whsec_${Buffer.from('o'.repeat(32)).toString('base64')}` };
const inProduction = (env: NodeJS.ProcessEnv) => readConfig({ NODE_ENV: 'production', ...NEEDED, ...env });

describe('the settings', () => {
  test('need little in development', () => {
    expect(readConfig({ ...NEEDED, PORT_OFFSET: '100' })).toMatchObject({
      port: 4130,
      allowPrivate: false,
      routerUrl: 'http://127.0.0.1:4100/graphql',
      userUrl: 'http://127.0.0.1:4102',
      retrySchedule: undefined,
    });
    expect(readConfig({ ...NEEDED, WEBHOOKS_ALLOW_PRIVATE: '1', WEBHOOKS_RETRY_SCHEDULE: '0,0.5,2' })).toMatchObject({
      allowPrivate: true,
      retrySchedule: [0, 0.5, 2],
    });
  });

  test('need secrets of their own in production', () => {
    const development = readConfig(NEEDED);
    expect(inProduction(OWN)).toMatchObject({ keySecret: OWN.WEBHOOKS_KEY_SECRET, paymentSecret: OWN.WEBHOOKS_PAYMENT_SECRET });
    expect(() => inProduction({})).toThrow(/WEBHOOKS_KEY_SECRET: not set.*WEBHOOKS_PAYMENT_SECRET: not set/s);
    expect(() => inProduction({ ...OWN, WEBHOOKS_KEY_SECRET: development.keySecret })).toThrow('not the one of development');
    expect(() => inProduction({ ...OWN, WEBHOOKS_PAYMENT_SECRET: development.paymentSecret })).toThrow('not the one of development');
  });

  test('cannot weaken production', () => {
    expect(() => inProduction({ ...OWN, WEBHOOKS_ALLOW_PRIVATE: '1' })).toThrow('WEBHOOKS_ALLOW_PRIVATE: not allowed in production');
    expect(() => inProduction({ ...OWN, WEBHOOKS_RETRY_SCHEDULE: '0,1' })).toThrow('WEBHOOKS_RETRY_SCHEDULE: not allowed in production');
    expect(inProduction({ ...OWN, WEBHOOKS_ALLOW_PRIVATE: '0' }).allowPrivate).toBe(false);
  });

  test('are all reported at once, without their values', () => {
    const attempt = () => readConfig({ WEBHOOKS_PORT: 'x', WEBHOOKS_KEY_SECRET: 'short', WEBHOOKS_PAYMENT_SECRET: 'whsec_c2VjcmV0' });
    expect(attempt).toThrow(
      /WEBHOOKS_PORT.*WEBHOOKS_DATABASE_URL: not set.*WEBHOOKS_KEY_SECRET.*WEBHOOKS_PAYMENT_SECRET.*WEBHOOKS_USER_KEY: not set/s,
    );
    expect(attempt).not.toThrow('c2VjcmV0');
  });
});
