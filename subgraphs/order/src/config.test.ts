import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

const ENV = {
  ORDER_DATABASE_URL: 'postgres://localhost/order',
  MESSAGE_BUS_URL: 'postgres://localhost/bus',
  ORDER_INTERNAL_KEY: 'k'.repeat(32),
  ORDER_USER_KEY: 'u'.repeat(32),
};

describe('gRPC', () => {
  test('is on a port of its own, which PORT_OFFSET moves, and tells what can be called, but not in production', () => {
    expect(readConfig(ENV)).toMatchObject({ grpcPort: 4103, grpcReflection: true });
    expect(readConfig({ ...ENV, PORT_OFFSET: '100' }).grpcPort).toBe(4203);
    const payment = { ORDER_PAYMENT_URL: 'https://pay.example.com', ORDER_PAYMENT_KEY: 'a-real-key' };
    expect(readConfig({ ...ENV, ...payment, NODE_ENV: 'production', ORDER_GRPC_PORT: '9' })).toMatchObject({ grpcPort: 9, grpcReflection: false });
  });
});

test('the user subgraph is on this machine unless it is told otherwise; its key has to be given', () => {
  expect(readConfig({ ...ENV, PORT_OFFSET: '100' })).toMatchObject({ userUrl: 'http://127.0.0.1:4102', userKey: ENV.ORDER_USER_KEY });
  expect(readConfig({ ...ENV, ORDER_USER_URL: 'https://user.example.com' }).userUrl).toBe('https://user.example.com');
  const { ORDER_USER_KEY: _, ...without } = ENV;
  expect(() => readConfig(without)).toThrow('ORDER_USER_KEY: not set');
});

describe('the payment settings', () => {
  test('lead to the sandbox, wherever PORT_OFFSET has moved it', () => {
    expect(readConfig(ENV).paymentUrl).toBe('http://127.0.0.1:4040');
    expect(readConfig({ ...ENV, PORT_OFFSET: '100' }).paymentUrl).toBe('http://127.0.0.1:4140');
  });

  test('have to be given in production, where there is no sandbox', () => {
    const production = { ...ENV, NODE_ENV: 'production' };
    expect(() => readConfig(production)).toThrow('ORDER_PAYMENT_URL: not set');
    expect(() => readConfig(production)).toThrow('ORDER_PAYMENT_KEY: not set');
    const given = { ORDER_PAYMENT_URL: 'https://pay.example.com', ORDER_PAYMENT_KEY: 'a-real-key' };
    expect(readConfig({ ...production, ...given })).toMatchObject({ paymentUrl: 'https://pay.example.com', paymentKey: 'a-real-key' });
  });

  test('are refused when they are no URL and no key', () => {
    expect(() => readConfig({ ...ENV, ORDER_PAYMENT_URL: 'ftp://x' })).toThrow('ORDER_PAYMENT_URL: expected an http:// or https:// URL');
    expect(() => readConfig({ ...ENV, ORDER_PAYMENT_KEY: 'with a space' })).toThrow('ORDER_PAYMENT_KEY: expected');
  });
});
