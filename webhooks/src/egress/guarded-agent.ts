import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { bareHost, type UrlGuard } from './url-guard.ts';

const CONNECT_DEADLINE_MS = 5_000;
/** Longer than it takes to send a burst, shorter than it takes to move a receiver. */
const KEEP_ALIVE_MS = 4_000;

export interface GuardedAgentOptions {
  guard: UrlGuard;
  /** Certificates to trust besides the system's, for tests. */
  ca?: string;
}

/**
 * An agent whose connections only go where the guard lets them. The addresses are looked up and judged at every connect, and those are
 * dialled: a name that changes after the check leads nowhere. Redirects are not followed, certificates are verified.
 */
export const createGuardedAgent = ({ guard, ca }: GuardedAgentOptions): Agent => {
  const lookup: LookupFunction = (hostname, { all }, answer) => {
    guard.resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (all === true) answer(null, [...addresses]);
        else answer(null, first?.address ?? '', first?.family ?? 0);
      },
      (error: Error) => answer(error, '', 0),
    );
  };
  const connect = buildConnector({
    lookup,
    timeout: CONNECT_DEADLINE_MS,
    allowH2: false,
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  } as buildConnector.BuildOptions);
  return new Agent({
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    connect: (options, callback) => {
      // No lookup is made for a literal address: it is judged before it is dialled.
      if (isIP(bareHost(options.hostname)) === 0) return void connect(options, callback);
      guard.resolve(options.hostname).then(
        () => connect(options, callback),
        (error: Error) => callback(error, null),
      );
    },
  });
};
