import { BlockList, isIP } from 'node:net';

/** What is not the public internet: https://www.iana.org/assignments/iana-ipv4-special-registry, and a cloud's own services. */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Azure's host, which also hands out credentials.
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Inside 2000::/3, the only global unicast addresses there are; the rest is refused for not being there. */
const PRIVATE_V6: readonly (readonly [string, number])[] = [
  // Teredo and other protocols' own.
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4 carries an IPv4 address, any.
  ['2002::', 16],
  ['3fff::', 20],
];
/** Reaches the IPv4 address in its last 32 bits, through the NAT64 of the network we are in. */
const NAT64 = '64:ff9b::';

const publicV6 = new BlockList();
publicV6.addSubnet('2000::', 3, 'ipv6');
publicV6.addSubnet(NAT64, 96, 'ipv6');

const denied = new BlockList();
for (const [net, bits] of PRIVATE_V6) denied.addSubnet(net, bits, 'ipv6');
for (const [net, bits] of PRIVATE_V4) {
  denied.addSubnet(net, bits, 'ipv4');
  denied.addSubnet(`${NAT64}${net}`, 96 + bits, 'ipv6');
}

/** True only for an address of the public internet. IPv4-mapped IPv6 (::ffff:0:0/96) is never one: nobody publishes them. */
export const isPublicAddress = (address: string): boolean => {
  const version = isIP(address);
  if (version === 4) return !denied.check(address, 'ipv4');
  return version === 6 && publicV6.check(address, 'ipv6') && !denied.check(address, 'ipv6');
};
