import { ANONYMOUS, type Caller } from './caller.ts';

/** Who asks, with what their access token grants. Shared between requests, hence frozen. */
export interface Identity {
  caller: Caller;
  /** The `scope` claim (RFC 8693, section 4.2), one entry a scope. */
  scopes: readonly string[];
  /** Every claim of the verified access token, for policies. Empty for an anonymous caller and for what came by an internal token. */
  claims: Readonly<Record<string, unknown>>;
}

/** Nobody is signed in. */
export const ANONYMOUS_IDENTITY: Identity = Object.freeze({ caller: Object.freeze(ANONYMOUS), scopes: Object.freeze([]), claims: Object.freeze({}) });
