import type { Identity } from '@supergraph/identity/identity';

interface UnderWay<Result> {
  result: Promise<Result>;
  sharers: number;
  abort: AbortController;
}

/**
 * Work that several ask for at the same time is done once. Whoever goes away leaves the others their result; when all are gone, it is
 * given up. Nothing is kept once it is done.
 */
export const createSharing = <Result>() => {
  const underWay = new Map<string, UnderWay<Result>>();

  const begin = (key: string, start: (signal: AbortSignal) => Promise<Result>): UnderWay<Result> => {
    const abort = new AbortController();
    const begun: UnderWay<Result> = { result: start(abort.signal), sharers: 0, abort };
    underWay.set(key, begun);
    const forget = (): void => {
      if (underWay.get(key) === begun) underWay.delete(key);
    };
    abort.signal.addEventListener('abort', forget, { once: true });
    begun.result.then(forget, forget);
    return begun;
  };

  return async (key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<Result>): Promise<{ result: Result; isFirst: boolean }> => {
    const known = underWay.get(key);
    const shared = known ?? begin(key, start);
    shared.sharers += 1;
    const leave = (): void => {
      shared.sharers -= 1;
      if (shared.sharers === 0) shared.abort.abort(signal.reason);
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    try {
      return { result: await shared.result, isFirst: known === undefined };
    } finally {
      signal.removeEventListener('abort', leave);
    }
  };
};

/** They tell one request from another, and change no answer. */
const NAMES_OF_REQUESTS = new Set(['x-request-id', 'traceparent', 'tracestate']);

/** Those who wait about equally long may share: nobody's haste ends what others have time for. */
const DEADLINE_STEP_MS = 1_000;

const identities = new WeakMap<Identity, string>();

const identityText = (identity: Identity): string => {
  const text = identities.get(identity) ?? JSON.stringify([identity.caller, identity.scopes]);
  identities.set(identity, text);
  return text;
};

export interface Asker {
  identity: Identity;
  /** Headers that subgraphs get. */
  headers: ReadonlyMap<string, string>;
  /** In `performance.now()` milliseconds. */
  deadline: number;
}

/** Equal only when everything is that an answer may depend on: what is asked, and by whom. */
export const sharingKey = (what: readonly (string | undefined)[], { identity, headers, deadline }: Asker): string => {
  const forwarded = [...headers].filter(([name]) => !NAMES_OF_REQUESTS.has(name));
  return JSON.stringify([what, forwarded, identityText(identity), Math.floor(deadline / DEADLINE_STEP_MS)]);
};
