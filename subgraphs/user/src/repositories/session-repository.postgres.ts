import type { Sql } from '@supergraph/database/database';
import { SESSION_LIFETIME_MS } from '../domain/session.ts';
import type { AccountWriter } from '../use-cases/ports.ts';

interface SessionRow {
  id: string;
  user_id: string;
  expires_at: Date;
}

/** More than one, so that ended sessions go faster than new ones come; few enough to cost a sign-in nothing. */
const PRUNED_PER_SESSION = 100;

export const createSessionWriter = (sql: Sql): AccountWriter['sessions'] => ({
  open: async (session, tokenHash, now) => {
    await sql.query(
      `delete from sessions where id in (select id from sessions where expires_at <= $1 order by expires_at limit ${PRUNED_PER_SESSION} for update skip locked)`,
      [now],
    );
    await sql.query('insert into sessions (id, user_id, expires_at) values ($1, $2, $3)', [session.id, session.userId, session.expiresAt]);
    await sql.query('insert into refresh_tokens (hash, session_id) values ($1, $2)', [tokenHash, session.id]);
  },
  // Two statements: the second must see what a rival that held the lock has committed.
  lockByToken: async (tokenHash) => {
    const [row] = await sql.query<SessionRow>(
      'select id, user_id, expires_at from sessions where id = (select session_id from refresh_tokens where hash = $1) for update',
      [tokenHash],
    );
    const [token] = await sql.query<{ is_spent: boolean }>('select spent_at is not null as is_spent from refresh_tokens where hash = $1', [
      tokenHash,
    ]);
    if (row === undefined || token === undefined) return undefined;
    return { session: { id: row.id, userId: row.user_id, expiresAt: row.expires_at }, isSpent: token.is_spent };
  },
  rotate: async (session, spentHash, nextHash, now) => {
    await sql.query('update refresh_tokens set spent_at = $2 where hash = $1', [spentHash, now]);
    await sql.query('insert into refresh_tokens (hash, session_id) values ($1, $2)', [nextHash, session.id]);
    await sql.query('update sessions set expires_at = $2 where id = $1', [session.id, session.expiresAt]);
    await sql.query('delete from refresh_tokens where session_id = $1 and spent_at < $2', [
      session.id,
      new Date(now.getTime() - SESSION_LIFETIME_MS),
    ]);
  },
  end: async (sessionId) => {
    await sql.query('delete from sessions where id = $1', [sessionId]);
  },
});
