import { describe, expect, test } from 'vitest';
import { isPublicAddress } from './address.ts';
import { createUrlGuard } from './url-guard.ts';

const PUBLIC = [{ address: '93.184.216.34', family: 4 }];
const guard = createUrlGuard({ allowPrivate: false, lookup: async () => PUBLIC });
const lenient = createUrlGuard({ allowPrivate: true, lookup: async () => PUBLIC });

test.each(['8.8.8.8', '93.184.216.34', '172.15.255.255', '172.32.0.0', '100.128.0.1', '2606:2800:220:1::1', '64:ff9b::5db8:d822'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each(['', 'example.com', '::ffff:8.8.8.8', '64:ff9b::a00:1', 'fe80::1%eth0', '4000::1', '127.0.0.1', '240.0.0.1'])('%s is not', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

describe('a public URL', () => {
  test.each([
    'https://hooks.example.com/a?b=c',
    'https://hooks.example.com:8443/',
    'https://hooks.example.com:8080/',
    'https://93.184.216.34/',
    'https://bücher.example/',
  ])('%s passes', async (url) => {
    expect(await guard.check(url)).toBeUndefined();
  });
});

// The many hostile forms are in tests/egress, where connections are counted.
test('each refusal says why', async () => {
  expect(await guard.check('http://hooks.example.com/')).toBe('its scheme has to be https');
  expect(await guard.check('https://hooks.example.com:22/')).toBe('port 22 is not one of a web server');
  expect(await guard.check('https://10.0.0.1/')).toBe('its address is not on the public internet');
  expect(await guard.check('https://localhost./')).toBe('its name is not one of the public internet');
  expect(await guard.check('https://me:secret@hooks.example.com/')).toBe('it must not hold a user name or password');
});

test('a name that cannot be resolved is refused, and so is one with a single private address', async () => {
  const failing = createUrlGuard({ allowPrivate: false, lookup: () => Promise.reject(new Error('ENOTFOUND')) });
  expect(await failing.check('https://gone.example.com/')).toBe('its name cannot be resolved');
  const half = createUrlGuard({ allowPrivate: false, lookup: async () => [...PUBLIC, { address: '10.0.0.1', family: 4 }] });
  expect(await half.check('https://half.example.com/')).toBe('its address is not on the public internet');
});

test('for development private addresses pass, other schemes and user names do not', async () => {
  expect(await lenient.check('http://127.0.0.1:9000/')).toBeUndefined();
  expect(await lenient.check('http://localhost:9000/')).toBeUndefined();
  expect(await lenient.check('file:///etc/passwd')).toBeDefined();
  expect(await lenient.check('http://me:secret@127.0.0.1/')).toBeDefined();
});
