import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

const USER_DATABASE_URL = 'postgres://user:password@localhost/user';
const MESSAGE_BUS_URL = 'postgres://user:password@localhost/bus';
const SECRET = 'sixteen-or-more!';

describe('the settings', () => {
  test('need only a database and a bus in development', () => {
    expect(readConfig({ USER_DATABASE_URL, MESSAGE_BUS_URL, PORT_OFFSET: '100' })).toMatchObject({
      host: '127.0.0.1',
      port: 4102,
      keyRotationDays: 30,
      developmentAccounts: true,
    });
  });

  test('need a secret of their own in production', () => {
    const inProduction = (env: NodeJS.ProcessEnv) => readConfig({ NODE_ENV: 'production', USER_DATABASE_URL, MESSAGE_BUS_URL, ...env });
    expect(() => inProduction({})).toThrow('USER_KEY_SECRET: not set');
    expect(() => inProduction({ USER_KEY_SECRET: readConfig({ USER_DATABASE_URL, MESSAGE_BUS_URL }).keySecret })).toThrow(
      'not the one of development',
    );
    expect(inProduction({ USER_KEY_SECRET: SECRET })).toMatchObject({ keySecret: SECRET, developmentAccounts: false });
  });

  test('are all reported at once, without their values', () => {
    const attempt = () => readConfig({ USER_PORT: 'x', USER_KEY_SECRET: 'short-secret', USER_KEY_ROTATION_DAYS: '0' });
    expect(attempt).toThrow(/USER_PORT.*USER_DATABASE_URL.*USER_KEY_SECRET.*USER_KEY_ROTATION_DAYS/s);
    expect(attempt).not.toThrow('short-secret');
  });
});
