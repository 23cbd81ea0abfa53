import type { Envelope } from '@supergraph/events/envelope';
import type { Page, PageRequest } from '@supergraph/pagination';
import type { Delegation } from '../domain/delegation.ts';
import type { Session } from '../domain/session.ts';
import type { User } from '../domain/user.ts';

/** Batched reads answer a map by the key they were asked for; what is absent has no entry. */
export interface UserReader {
  byIds(ids: readonly string[]): Promise<Map<string, User>>;
  byEmails(emails: readonly string[]): Promise<Map<string, User>>;
  list(page: PageRequest): Promise<Page<User>>;
  /** `passwordHash` is undefined for an account that cannot sign in. */
  credentials(email: string): Promise<{ user: User; passwordHash: string | undefined } | undefined>;
}

/** A sign-up that its sender may send again. */
export interface SignUpKey {
  /** Whose key it is. */
  callerId: string;
  key: string;
  /** Of everything that was asked. */
  requestHash: string;
}

/** Inside one transaction. */
export interface AccountWriter {
  /**
   * The id of the user that `add` makes, the first time that the key comes; the same id again when it comes again. Without a key, `add` alone.
   * @throws IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED
   */
  addOnce(key: SignUpKey | undefined, add: () => Promise<string>): Promise<string>;
  users: Pick<UserReader, 'byIds'> & {
    /** Locked against other changes until the transaction ends. */
    lock(id: string): Promise<User | undefined>;
    /** @throws USER_EMAIL_TAKEN */
    add(user: User, passwordHash: string): Promise<void>;
    /** @returns them with their next version. */
    change(user: User): Promise<User>;
  };
  sessions: {
    open(session: Session, tokenHash: string, now: Date): Promise<void>;
    /** The session a refresh token belongs to, locked until the transaction ends. */
    lockByToken(tokenHash: string): Promise<{ session: Session; isSpent: boolean } | undefined>;
    rotate(session: Session, spentHash: string, nextHash: string, now: Date): Promise<void>;
    end(sessionId: string): Promise<void>;
  };
}

/** The event is published if and only if the transaction commits. */
export type Publish = (event: Envelope) => Promise<void>;

export type TransactAccounts = <Result>(work: (accounts: AccountWriter, publish: Publish) => Promise<Result>) => Promise<Result>;

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Takes as long for no hash, where it is always false, as for one. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
}

/** Opaque tokens that cannot be guessed; only their hashes are kept. */
export interface RefreshTokens {
  make(): { token: string; hash: string };
  hash(token: string): string;
}

export interface AccessTokenIssuer {
  /** `expiresIn` in seconds. */
  issue(user: User): Promise<{ accessToken: string; expiresIn: number }>;
}

/** Access tokens that say what somebody's work is done for, and by which service, while they are not there. */
export interface DelegatedTokenIssuer {
  /** `expiresIn` in seconds. */
  issue(user: User, delegation: Delegation): Promise<{ accessToken: string; expiresIn: number }>;
}
