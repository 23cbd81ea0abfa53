import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { isPublicAddress } from './address.ts';

/** All addresses of a name, as `dns.lookup` with `all` gives them. */
export type Lookup = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface UrlGuardOptions {
  /** For development: any scheme of the web, any address, any port. */
  allowPrivate: boolean;
  lookup?: Lookup;
}

/** Answers are reasons, for people; nothing when the URL may be called. */
export interface UrlGuard {
  /** What can be told without asking anybody. */
  inspect(url: string): string | undefined;
  /** The same, and where the name leads to now. */
  check(url: string): Promise<string | undefined>;
  /** The addresses of a host, every one of them allowed. @throws EgressRefused */
  resolve(hostname: string): Promise<readonly LookupAddress[]>;
}

/** Nothing was sent, because of where it would have gone. */
export class EgressRefused extends Error {
  constructor(reason: string) {
    super(`refused: ${reason}`);
    this.name = 'EgressRefused';
    this.reason = reason;
  }

  readonly reason: string;
}

const NOT_PUBLIC = 'its address is not on the public internet';
const MAX_URL_LENGTH = 2_048;
const LOOKUP_DEADLINE_MS = 3_000;
const FIRST_UNPRIVILEGED_PORT = 1_024;
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443, 8443]);
/** Unprivileged, and never a web server: databases, caches, queues, remote desktops, container and cluster control. */
const SERVICE_PORTS: ReadonlySet<number> = new Set([
  1433, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5672, 5900, 6379, 6443, 9042, 9092, 9200, 9300, 10_250, 11_211, 26_379, 27_017,
]);
/** Never public, whatever a resolver says (RFC 6761, RFC 6762, RFC 8375, and what clouds call their metadata). */
const PRIVATE_NAME = /(^|\.)(localhost|localdomain|local|internal|intranet|lan|home\.arpa|onion|test|invalid)$/;

const lookupAll: Lookup = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
  });

/** The addresses of a name; none when there are none, or not soon enough. */
const lookUp = async (lookup: Lookup, hostname: string): Promise<readonly LookupAddress[]> => {
  const { promise, resolve } = Promise.withResolvers<readonly LookupAddress[]>();
  const timer = setTimeout(() => resolve([]), LOOKUP_DEADLINE_MS);
  try {
    return await Promise.race([lookup(hostname).catch(() => []), promise]);
  } finally {
    clearTimeout(timer);
  }
};

/** Without the brackets of IPv6 and the dot of a fully qualified name. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');

const refuseForm = ({ protocol, port }: URL): string | undefined => {
  if (protocol !== 'https:') return 'its scheme has to be https';
  const number = Number(port === '' ? 443 : port);
  if (WEB_PORTS.has(number)) return undefined;
  return number < FIRST_UNPRIVILEGED_PORT || SERVICE_PORTS.has(number) ? `port ${number} is not one of a web server` : undefined;
};

const refuseHost = (host: string): string | undefined => {
  if (isIP(host) !== 0) return isPublicAddress(host) ? undefined : NOT_PUBLIC;
  if (PRIVATE_NAME.test(host) || !host.includes('.')) return 'its name is not one of the public internet';
  return undefined;
};

const refuseAlways = (url: string): string | undefined => {
  // The parser drops tabs and line breaks silently: what is stored would not be what is called.
  const hasHidden = [...url].some((character) => character <= ' ' || character === '\u007f');
  if (url.length > MAX_URL_LENGTH || hasHidden) return `it must have at most ${MAX_URL_LENGTH} characters and no blanks`;
  const parsed = URL.parse(url);
  if (parsed === null) return 'it is not a URL';
  if (!/^https?:$/.test(parsed.protocol)) return 'its scheme has to be https';
  return parsed.username === '' && parsed.password === '' ? undefined : 'it must not hold a user name or password';
};

const refusePrivate = (url: string): string | undefined => {
  const parsed = new URL(url);
  return refuseForm(parsed) ?? refuseHost(bareHost(parsed.hostname));
};

/**
 * Keeps deliveries out of our own network (server-side request forgery). `inspect` and `check` tell the owner of an endpoint early;
 * what protects is `resolve`, which the connector of `createGuardedAgent` asks for the very addresses it dials.
 */
export const createUrlGuard = ({ allowPrivate, lookup = lookupAll }: UrlGuardOptions): UrlGuard => {
  const inspect: UrlGuard['inspect'] = (url) => refuseAlways(url) ?? (allowPrivate ? undefined : refusePrivate(url));
  const resolve: UrlGuard['resolve'] = async (hostname) => {
    const host = bareHost(hostname);
    const version = isIP(host);
    const found = version === 0 ? await lookUp(lookup, host) : [{ address: host, family: version }];
    if (found.length === 0) throw new EgressRefused('its name cannot be resolved');
    // One bad address among good ones is how a name gets past a check of the first.
    if (!(allowPrivate || found.every(({ address }) => isPublicAddress(address)))) throw new EgressRefused(NOT_PUBLIC);
    return found;
  };
  return {
    inspect,
    resolve,
    check: async (url) => {
      const reason = inspect(url);
      if (reason !== undefined) return reason;
      try {
        await resolve(new URL(url).hostname);
        return undefined;
      } catch (error) {
        if (error instanceof EgressRefused) return error.reason;
        throw error;
      }
    },
  };
};
