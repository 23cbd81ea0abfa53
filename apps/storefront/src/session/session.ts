import type { SignInMutation } from '@supergraph/client/web';
import type { TextStore } from '../browser-storage.ts';

/** Tokens and the user, as signIn, signUp and refreshSession answer them. */
export type Grant = Omit<NonNullable<SignInMutation['signIn']>, '__typename'>;
export type SessionUser = Grant['user'];

export type SessionState = { kind: 'restoring' } | { kind: 'anonymous'; ended: boolean } | { kind: 'signed-in'; user: SessionUser };

export const REFRESH_KEY = 'supergraph.refresh-token';
export const ACCESS_KEY = 'supergraph.access-token';
/** An access token of this page's last visit goes on being used while it is good for longer than this. */
const KEPT_FOR_MS = 60_000;
/** An access token is not used any more in its last seconds: clocks differ and requests take time. */
const UNUSABLE_MS = 10_000;
const RETRY_MS = 10_000;

/** The refresh token was refused: there is no session any more. Any other error says nothing about the session. */
export class SessionRefused extends Error {
  override name = 'SessionRefused';
}

/** Tells the tabs that hold the same refresh token (a duplicated tab does) what became of it: a second use would end the session. */
export interface SessionNews {
  spent: string;
  grant: Grant | null;
}

export interface SessionPorts {
  /** @throws SessionRefused */
  refresh(refreshToken: string): Promise<Grant>;
  revoke(refreshToken: string): Promise<unknown>;
  store: TextStore;
  clock: { now(): number; after(ms: number, action: () => void): () => void };
  /** How long before its end an access token is renewed. Differs from tab to tab, so that they do not renew at once. */
  renewBeforeMs: number;
  tell?: (news: SessionNews) => void;
}

export interface Session {
  state(): SessionState;
  subscribe(listener: () => void): () => void;
  /** Goes on with what a sign-in or sign-up gave. */
  begin(grant: Grant): void;
  /** Takes up the session of this tab, if there is one. */
  restore(): Promise<void>;
  /**
   * A token to send; undefined when nobody is signed in. Renews it when it is used up or `renew` demands it.
   * @throws what refresh throws when the session may still be good, but cannot be renewed now.
   */
  accessToken(options?: { renew: boolean }): Promise<string | undefined>;
  signOut(): Promise<void>;
  /** What another tab did with the session both hold. */
  hear(news: SessionNews): void;
}

/** An access token and whose it is; kept beside the refresh token, so that a page that is loaded again need not spend that. */
interface Access {
  token: string;
  /** By this browser's clock, in milliseconds since 1970. */
  expiresAt: number;
  user: SessionUser;
  /** That came with it: with another one in the store it is of another session. */
  refreshToken: string;
}

/** The access that came with the refresh token in the store; what an older version of this page wrote is none. */
const readAccess = (store: TextStore, stored: string): Access | undefined => {
  try {
    const { token, expiresAt, user, refreshToken } = JSON.parse(store.getItem(ACCESS_KEY) ?? '{}') as Partial<Access>;
    if (typeof token !== 'string' || typeof expiresAt !== 'number' || typeof user?.id !== 'string' || refreshToken !== stored) return;
    return { token, expiresAt, user, refreshToken };
  } catch {
    return;
  }
};

export const createSession = ({ refresh, revoke, store, clock, renewBeforeMs, tell }: SessionPorts): Session => {
  let state: SessionState = { kind: 'anonymous', ended: false };
  let access: Access | undefined;
  let renewing: Promise<void> | undefined;
  let stopTimer = (): void => undefined;
  const listeners = new Set<() => void>();

  const become = (next: SessionState): void => {
    state = next;
    for (const listener of listeners) listener();
  };

  const renewAfter = (ms: number): void => {
    stopTimer();
    stopTimer = clock.after(ms, () => void renew().catch(() => renewAfter(RETRY_MS)));
  };

  const use = (given: Access): void => {
    const lifetime = given.expiresAt - clock.now();
    access = given;
    renewAfter(Math.max(lifetime - renewBeforeMs, lifetime / 2));
    become({ kind: 'signed-in', user: given.user });
  };

  const begin = (grant: Grant): void => {
    store.setItem(REFRESH_KEY, grant.refreshToken);
    const { accessToken: token, refreshToken, user } = grant;
    const given: Access = { token, expiresAt: clock.now() + grant.expiresIn * 1_000, user, refreshToken };
    store.setItem(ACCESS_KEY, JSON.stringify(given));
    use(given);
  };

  const end = (ended: boolean): void => {
    stopTimer();
    store.removeItem(REFRESH_KEY);
    store.removeItem(ACCESS_KEY);
    access = undefined;
    become({ kind: 'anonymous', ended });
  };

  /** A sign-out or another sign-in may have come in between: its tokens stay. */
  const isCurrent = (refreshToken: string): boolean => store.getItem(REFRESH_KEY) === refreshToken;

  const renewOnce = async (refreshToken: string): Promise<void> => {
    try {
      const grant = await refresh(refreshToken);
      tell?.({ spent: refreshToken, grant });
      if (isCurrent(refreshToken)) begin(grant);
    } catch (error) {
      if (!(error instanceof SessionRefused)) throw error;
      if (isCurrent(refreshToken)) end(true);
    }
  };

  const renew = (): Promise<void> => {
    const refreshToken = store.getItem(REFRESH_KEY);
    if (refreshToken === null) return Promise.resolve();
    renewing ??= renewOnce(refreshToken).finally(() => {
      renewing = undefined;
    });
    return renewing;
  };

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    begin,
    restore: async () => {
      const refreshToken = store.getItem(REFRESH_KEY);
      if (refreshToken === null) return;
      const kept = readAccess(store, refreshToken);
      if (kept !== undefined && clock.now() < kept.expiresAt - KEPT_FOR_MS) return use(kept);
      become({ kind: 'restoring' });
      await renew().catch(() => renewAfter(RETRY_MS));
    },
    accessToken: async (options) => {
      const usable = access !== undefined && clock.now() < access.expiresAt - UNUSABLE_MS;
      if (!usable || options?.renew) await renew();
      return access?.token;
    },
    signOut: async () => {
      const refreshToken = store.getItem(REFRESH_KEY);
      end(false);
      if (refreshToken === null) return;
      tell?.({ spent: refreshToken, grant: null });
      await revoke(refreshToken);
    },
    hear: ({ spent, grant }) => {
      if (!isCurrent(spent)) return;
      if (grant === null) end(false);
      else begin(grant);
    },
  };
};
