import { BlockList, isIP } from 'node:net';

const MAX_HOPS = 20;
const GROUPS = 8;
const NETWORK_GROUPS = 4;

const WITH_PORT = /^(?:\[([0-9a-f:.%\w]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/i;

interface Address {
  family: 'ipv4' | 'ipv6';
  text: string;
}

const groupsOf = (address: string): string[] => {
  // The URL parser gives every spelling one form: lower case, no leading zeros, an embedded IPv4 as two groups.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...left, ...Array<string>(GROUPS - left.length - right.length).fill('0'), ...right];
};

const MAPPED_PREFIX = '0:0:0:0:0:ffff';

const embeddedIpv4 = (groups: readonly string[]): string =>
  groups
    .slice(-2)
    .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
    .join('.');

/** An address as a socket or a proxy writes it, in one form; undefined when it is none. */
const parseAddress = (written: string): Address | undefined => {
  const matched = WITH_PORT.exec(written);
  const [bare = ''] = (matched?.[1] ?? matched?.[2] ?? written).split('%');
  const family = isIP(bare);
  if (family === 4) return { family: 'ipv4', text: bare };
  if (family === 0) return undefined;
  const groups = groupsOf(bare);
  if (groups.slice(0, -2).join(':') === MAPPED_PREFIX) return { family: 'ipv4', text: embeddedIpv4(groups) };
  return { family: 'ipv6', text: groups.join(':') };
};

/** One customer of an IPv6 provider has at least a /64, so that is what is counted. */
const networkOf = ({ family, text }: Address): string => (family === 'ipv4' ? text : `${text.split(':').slice(0, NETWORK_GROUPS).join(':')}::/64`);

const canHold = (address: string, bits: number, family: number): boolean => {
  try {
    new BlockList().addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
};

/** Whether it is an IP address or a range of them (`10.0.0.0/8`), as `createClientAddress` takes them. */
export const isAddressOrRange = (value: unknown): value is string => {
  if (typeof value !== 'string') return false;
  const [address = '', bits, ...more] = value.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  if (bits === undefined) return true;
  // A range of every address would let any client name its own.
  return /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (family === 4 ? 32 : 128) && canHold(address, Number(bits), family);
};

/** From the address of the socket and the `X-Forwarded-For` header, as they came. @returns an IPv4 address, an IPv6 /64, or `unknown`. */
export type ClientAddress = (remoteAddress: string | undefined, forwardedFor: string | readonly string[] | undefined) => string;

/**
 * Who a request comes from, as far as that can be believed: the address of the socket, or, while that is a trusted proxy,
 * the one it says it got the request from, from right to left. What a client itself writes into `X-Forwarded-For` stands
 * left of its own address and is never reached.
 * @param trustedProxies addresses or ranges, see `isAddressOrRange`.
 */
export const createClientAddress = (trustedProxies: readonly string[]): ClientAddress => {
  const trusted = new BlockList();
  for (const entry of trustedProxies) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  const isTrusted = ({ family, text }: Address): boolean => trustedProxies.length > 0 && trusted.check(text, family);

  return (remoteAddress, forwardedFor) => {
    let believed = parseAddress(remoteAddress ?? '');
    if (believed === undefined) return 'unknown';
    const hops = [forwardedFor ?? []].flat().join(',').split(',').slice(-MAX_HOPS);
    while (isTrusted(believed)) {
      const next = parseAddress(hops.pop()?.trim() ?? '');
      if (next === undefined) break;
      believed = next;
    }
    return networkOf(believed);
  };
};
