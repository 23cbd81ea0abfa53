/** A family of refresh tokens that began with one sign-in: only the newest is unspent. */
export interface Session {
  id: string;
  userId: string;
  expiresAt: Date;
}

/** 30 days without use end a session. */
export const SESSION_LIFETIME_MS = 30 * 86_400_000;
export const ACCESS_TOKEN_LIFETIME_SECONDS = 900;

const expiryFrom = (now: Date): Date => new Date(now.getTime() + SESSION_LIFETIME_MS);

export const newSession = (id: string, userId: string, now: Date): Session => ({ id, userId, expiresAt: expiryFrom(now) });

export const extendSession = (session: Session, now: Date): Session => ({ ...session, expiresAt: expiryFrom(now) });

export const isExpired = (session: Session, now: Date): boolean => session.expiresAt <= now;
