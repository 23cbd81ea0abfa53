import { describe, expect, test } from 'vitest';
import { createPaymentSecrets } from './payment-secrets.ts';

describe('the secrets of payments', () => {
  test('are random, and shared by the two that need each', () => {
    const { ofRoom } = createPaymentSecrets({});
    expect(ofRoom('order')['ORDER_PAYMENT_KEY']).toMatch(/^[\da-f]{64}$/);
    expect(ofRoom('payment-sandbox')['PAYMENT_SANDBOX_KEY']).toBe(ofRoom('order')['ORDER_PAYMENT_KEY']);
    expect(ofRoom('webhooks')['WEBHOOKS_PAYMENT_SECRET']).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(ofRoom('payment-sandbox')['PAYMENT_SANDBOX_SECRET']).toBe(ofRoom('webhooks')['WEBHOOKS_PAYMENT_SECRET']);
    expect(createPaymentSecrets({}).ofRoom('order')['ORDER_PAYMENT_KEY']).not.toBe(ofRoom('order')['ORDER_PAYMENT_KEY']);
  });

  test('are not made up in production', () => {
    const { ofRoom } = createPaymentSecrets({ NODE_ENV: 'production' });
    expect([ofRoom('order')['ORDER_PAYMENT_KEY'], ofRoom('webhooks')['WEBHOOKS_PAYMENT_SECRET']]).toEqual([undefined, undefined]);
  });

  test('are the ones of the environment where it gives any, and reach nobody else', () => {
    const env = { WEBHOOKS_PAYMENT_SECRET: 'whsec_b3duc2VjcmV0b3duc2VjcmV0b3duc2VjcmV0', ORDER_PAYMENT_KEY: 'own' };
    const { ofRoom } = createPaymentSecrets(env);
    expect(ofRoom('payment-sandbox')).toMatchObject({ PAYMENT_SANDBOX_SECRET: env.WEBHOOKS_PAYMENT_SECRET, PAYMENT_SANDBOX_KEY: 'own' });
    const seen = { ...env, ...ofRoom('category') };
    expect([seen.WEBHOOKS_PAYMENT_SECRET, seen.ORDER_PAYMENT_KEY]).toEqual([undefined, undefined]);
    expect({ ...env, ...ofRoom('order') }.WEBHOOKS_PAYMENT_SECRET).toBeUndefined();
  });
});
