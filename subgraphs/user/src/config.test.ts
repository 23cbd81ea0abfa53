import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

const USER_DATABASE_URL = 'postgres://user:password@localhost/user';
const MESSAGE_BUS_URL = 'postgres://user:password@localhost/bus';
const USER_INTERNAL_KEY = 'k'.repeat(32);
const SECRET = 'sixteen-or-more!';

describe('the settings', () => {
  test('need only a database, a bus and the key of the router in development', () => {
    expect(readConfig({ USER_DATABASE_URL, MESSAGE_BUS_URL, USER_INTERNAL_KEY, PORT_OFFSET: '100' })).toMatchObject({
      host: '127.0.0.1',
      port: 4102,
      grpcPort: 4202,
      grpcReflection: true,
      keyRotationDays: 30,
      developmentAccounts: true,
    });
  });

  test('need a secret of their own in production', () => {
    const inProduction = (env: NodeJS.ProcessEnv) =>
      readConfig({ NODE_ENV: 'production', USER_DATABASE_URL, MESSAGE_BUS_URL, USER_INTERNAL_KEY, ...env });
    expect(() => inProduction({})).toThrow('USER_KEY_SECRET: not set');
    expect(() => inProduction({ USER_KEY_SECRET: readConfig({ USER_DATABASE_URL, MESSAGE_BUS_URL, USER_INTERNAL_KEY }).keySecret })).toThrow(
      'not the one of development',
    );
    expect(inProduction({ USER_KEY_SECRET: SECRET })).toMatchObject({ keySecret: SECRET, developmentAccounts: false, grpcReflection: false });
  });

  test('are all reported at once, without their values', () => {
    const attempt = () => readConfig({ USER_PORT: 'x', USER_KEY_SECRET: 'short-secret', USER_KEY_ROTATION_DAYS: '0' });
    expect(attempt).toThrow(/USER_PORT.*USER_DATABASE_URL.*USER_KEY_SECRET.*USER_KEY_ROTATION_DAYS.*USER_INTERNAL_KEY: not set/s);
    expect(attempt).not.toThrow('short-secret');
  });
});
