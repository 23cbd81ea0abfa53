import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isProduction, portWithOffset, readSettings, setting } from './config.ts';
import { StartupError } from './startup-error.ts';

const SCHEMA = z.object({
  HOST: setting.host(),
  SHOP_PORT: setting.port(4009),
  SHOP_DATABASE_URL: setting.postgresUrl(),
  SHOP_JWKS_URL: setting.httpUrl(),
  SHOP_LOG_LEVEL: setting.logLevel(),
  SHOP_WORKERS: setting.positiveInteger(4),
});
const GOOD = { SHOP_DATABASE_URL: 'postgres://shop@localhost/shop', SHOP_JWKS_URL: 'https://user.test/jwks' };

const read = (env: NodeJS.ProcessEnv) => readSettings('shop', SCHEMA, env);
const refusal = (env: NodeJS.ProcessEnv): StartupError => {
  try {
    read(env);
  } catch (error) {
    return error as StartupError;
  }
  throw new Error('expected a StartupError');
};

describe('settings', () => {
  test('come from the environment, as the types the room works with, and default otherwise', () => {
    expect(read(GOOD)).toEqual({ ...GOOD, HOST: '127.0.0.1', SHOP_PORT: 4009, SHOP_LOG_LEVEL: 'info', SHOP_WORKERS: 4 });
    expect(read({ ...GOOD, HOST: '::', SHOP_PORT: '0', SHOP_LOG_LEVEL: 'debug', SHOP_WORKERS: '12' })).toEqual({
      ...GOOD,
      HOST: '::',
      SHOP_PORT: 0,
      SHOP_LOG_LEVEL: 'debug',
      SHOP_WORKERS: 12,
    });
  });

  test('that are set to nothing count as not set', () => {
    expect(read({ ...GOOD, HOST: '', SHOP_PORT: '', SHOP_LOG_LEVEL: '', SHOP_WORKERS: '' })).toEqual(read(GOOD));
    expect(refusal({ ...GOOD, SHOP_DATABASE_URL: '' }).message).toContain('SHOP_DATABASE_URL: not set');
  });

  test('of other rooms are left alone', () => {
    expect(read({ ...GOOD, OTHER_PORT: 'not a port' })).toEqual(read(GOOD));
  });

  test('that are wrong are reported all at once, each by its name and what is expected', () => {
    const { message, fix } = refusal({ SHOP_PORT: '70000', SHOP_JWKS_URL: 'ftp://user.test', SHOP_LOG_LEVEL: 'loud', SHOP_WORKERS: '0' });
    expect(message).toBe(
      'shop cannot start, 5 environment variables wrong: SHOP_PORT: expected a port, 0 to 65535; SHOP_DATABASE_URL: not set; ' +
        'SHOP_JWKS_URL: expected an http:// or https:// URL; SHOP_LOG_LEVEL: Invalid option: expected one of ' +
        '"fatal"|"error"|"warn"|"info"|"debug"|"trace"|"silent"; SHOP_WORKERS: expected a whole number above 0',
    );
    expect(fix).toBe('set SHOP_PORT, SHOP_DATABASE_URL, SHOP_JWKS_URL, SHOP_LOG_LEVEL, SHOP_WORKERS in the environment of shop');
  });

  test('are counted in the singular when only one is wrong', () => {
    expect(refusal({ ...GOOD, SHOP_PORT: 'http' }).message).toBe(
      'shop cannot start, 1 environment variable wrong: SHOP_PORT: expected a port, 0 to 65535',
    );
  });

  test('never show their values, because some are secrets', () => {
    const error = refusal({
      HOST: 'sesame',
      SHOP_PORT: 'sesame',
      SHOP_DATABASE_URL: 'mysql://root:sesame@db',
      SHOP_JWKS_URL: 'sesame:sesame',
      SHOP_LOG_LEVEL: 'sesame',
      SHOP_WORKERS: 'sesame',
    });
    expect(error).toBeInstanceOf(StartupError);
    expect(JSON.stringify([error.message, error.fix, error.stack, error.cause])).not.toContain('sesame');
  });

  test('take no port and no number that is only almost one', () => {
    for (const port of ['-1', '65536', '4000.5', ' 4000', '4e3', '0x10', '000004000'])
      expect(refusal({ ...GOOD, SHOP_PORT: port }).message, port).toContain('SHOP_PORT: expected');
    for (const workers of ['-1', '01', '1.5', '1e3', '9999999999'])
      expect(refusal({ ...GOOD, SHOP_WORKERS: workers }).message, workers).toContain('SHOP_WORKERS: expected');
    expect(read({ ...GOOD, SHOP_PORT: '65535' }).SHOP_PORT).toBe(65_535);
  });

  test('take a database URL of PostgreSQL only', () => {
    for (const url of ['localhost', 'http://localhost/shop', 'postgres://', 'sqlite://shop'])
      expect(refusal({ ...GOOD, SHOP_DATABASE_URL: url }).message, url).toContain('SHOP_DATABASE_URL: expected postgres://');
    expect(read({ ...GOOD, SHOP_DATABASE_URL: 'postgresql://db/shop' }).SHOP_DATABASE_URL).toBe('postgresql://db/shop');
  });
});

describe('keys between processes', () => {
  const KEYS = z.object({ SHOP_INTERNAL_KEY: setting.internalKey(), SHOP_KEYS: setting.internalKeys() });
  const [one, other] = ['1'.repeat(32), `${'2'.repeat(31)}=`];
  const readKeys = (SHOP_INTERNAL_KEY: string, SHOP_KEYS = '') => readSettings('shop', KEYS, { SHOP_INTERNAL_KEY, SHOP_KEYS });

  test('are read as they stand, those of others by name', () => {
    expect(readKeys(one)).toEqual({ SHOP_INTERNAL_KEY: one, SHOP_KEYS: new Map() });
    expect(readKeys(other, `user=${one}, price-list=${other},`).SHOP_KEYS).toEqual(
      new Map([
        ['user', one],
        ['price-list', other],
      ]),
    );
  });

  test('that are missing or weak stop the start, which tells how to make one and shows none', () => {
    expect(() => readKeys('')).toThrow("SHOP_INTERNAL_KEY: not set, expected the same key as in the router's ROUTER_SUBGRAPH_KEYS");
    for (const weak of ['1'.repeat(31), `${one},`, ` ${one}`]) expect(() => readKeys(weak), weak).toThrow('openssl rand -hex 32');
    for (const keys of ['user', 'user=', `=${one}`, `user=${'1'.repeat(31)}`, `user=${one},user=${other}`, one]) {
      expect(() => readKeys(one, keys), keys).toThrow('SHOP_KEYS: expected name=key');
      expect(() => readKeys(one, keys), keys).not.toThrow(/1{31}/);
    }
  });
});

describe('PORT_OFFSET', () => {
  test('moves a default port, and none when it is not set', () => {
    expect(portWithOffset({ PORT_OFFSET: '100' }, 4001)).toBe(4101);
    expect(portWithOffset({}, 4001)).toBe(4001);
    expect(portWithOffset({ PORT_OFFSET: '' }, 4001)).toBe(4001);
  });
});

describe('production', () => {
  test('is said by NODE_ENV in so many words', () => {
    expect(isProduction({ NODE_ENV: 'production' })).toBe(true);
    for (const env of [{}, { NODE_ENV: '' }, { NODE_ENV: 'development' }, { NODE_ENV: 'Production' }]) expect(isProduction(env)).toBe(false);
  });
});
