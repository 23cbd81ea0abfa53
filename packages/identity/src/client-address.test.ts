import { describe, expect, it } from 'vitest';
import { createClientAddress } from './client-address.ts';

const PROXIES = ['10.0.0.0/8', '192.168.1.1', 'fd00::/8'];

describe('the client address', () => {
  it.each<[string, string | undefined, string | string[] | undefined, string]>([
    ['the socket, without a header', '203.0.113.9', undefined, '203.0.113.9'],
    ['the socket, when it is no trusted proxy', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['what a trusted proxy says', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['what the last proxy saw, not what the client claims', '10.1.2.3', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['what stands left of every trusted proxy', '10.1.2.3', '1.1.1.1, 198.51.100.1, 192.168.1.1, 10.9.9.9', '198.51.100.1'],
    ['several headers as one', '10.1.2.3', ['1.1.1.1', '198.51.100.1, 10.9.9.9'], '198.51.100.1'],
    ['the leftmost, when all are trusted', '10.1.2.3', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['the proxy, when it says nothing', '10.1.2.3', undefined, '10.1.2.3'],
    ['the proxy, when it says nonsense', '10.1.2.3', 'unknown', '10.1.2.3'],
    ['the last believable, before nonsense', '10.1.2.3', '198.51.100.1, <script>, 10.0.0.9', '10.0.0.9'],
    ['an address with a port', '10.1.2.3', '198.51.100.1:51111', '198.51.100.1'],
    ['an IPv4 address in IPv6 clothes', '::ffff:203.0.113.9', undefined, '203.0.113.9'],
    ['the same in hex', '::FFFF:CB00:7109', undefined, '203.0.113.9'],
    ['a proxy in IPv6 clothes', '::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['the /64 of an IPv6 address', '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
    ['the same /64 however it is written', '2001:0DB8:0001:0002::', undefined, '2001:db8:1:2::/64'],
    ['an IPv6 address from an IPv6 proxy', 'fd00::1', '[2001:db8:1:2::7]:443', '2001:db8:1:2::/64'],
    ['an address with a zone', 'fe80::1%eth0', undefined, 'fe80:0:0:0::/64'],
    ['loopback', '::1', undefined, '0:0:0:0::/64'],
    ['no socket any more', undefined, '198.51.100.1', 'unknown'],
  ])('is %s', (_what, remoteAddress, forwardedFor, expected) => {
    expect(createClientAddress(PROXIES)(remoteAddress, forwardedFor)).toBe(expected);
  });

  it('cannot be forged: 1,000 headers, directly and through a proxy, give one address each', () => {
    const addressOf = createClientAddress(PROXIES);
    const forged = Array.from({ length: 1_000 }, (_, index) => [
      `198.51.100.${index % 256}`,
      `10.0.${index % 256}.1, 2001:db8::${index}`,
      `${index}`,
      '10.0.0.1,'.repeat(index % 50),
    ]).flat();
    expect(new Set(forged.map((header) => addressOf('203.0.113.9', header)))).toEqual(new Set(['203.0.113.9']));
    expect(new Set(forged.map((header) => addressOf('10.1.2.3', `${header}, 203.0.113.9`)))).toEqual(new Set(['203.0.113.9']));
  });

  it('believes nobody when no proxy is trusted', () => {
    expect(createClientAddress([])('127.0.0.1', '198.51.100.1')).toBe('127.0.0.1');
  });
});
