import type { Identity } from '@supergraph/identity/identity';
import { shuttingDown } from './stream-errors.ts';

/** One operation that is being answered for as long as it takes. */
export interface OpenStream {
  /** Aborted with the reason when it ends. */
  signal: AbortSignal;
  /** With a DomainError, which its client is told, or with `CLIENT_GONE`. */
  end(reason: unknown): void;
}

/** Why a stream ends whose client wants no more of it. */
export const CLIENT_GONE = new Error('the client went away');

/** Everything that is open, and how many of it there may be. */
export interface OpenStreams {
  /** @returns undefined when there are as many as there may be. */
  open(): OpenStream | undefined;
  /** Ends all there are, and whatever is opened later: the process is about to stop. */
  endAll(): void;
}

export const createOpenStreams = (max: () => number): OpenStreams => {
  const ends = new Set<(reason: unknown) => void>();
  let stopping = false;
  return {
    open: () => {
      if (ends.size >= max()) return undefined;
      const abort = new AbortController();
      const end = (reason: unknown): void => {
        ends.delete(end);
        abort.abort(reason);
      };
      ends.add(end);
      if (stopping) end(shuttingDown());
      return { signal: abort.signal, end };
    },
    endAll: () => {
      stopping = true;
      for (const end of [...ends]) end(shuttingDown());
    },
  };
};

const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls `onExpired` when the access token of a caller expires.
 * @returns what cancels that; undefined for callers without a token.
 */
export const atExpiry = ({ claims }: Pick<Identity, 'claims'>, onExpired: () => void): NodeJS.Timeout | undefined => {
  const exp = claims['exp'];
  if (typeof exp !== 'number') return undefined;
  return setTimeout(onExpired, Math.min(Math.max(exp * 1_000 - Date.now(), 0), MAX_TIMER_MS)).unref();
};
