import type { Session } from './session.ts';

/**
 * Tokens for a stream that is subscribed to again and again. The session renews its token before it ends, so one that the stream has not sent yet
 * is not renewed once more.
 */
export const createStreamToken = (session: Pick<Session, 'accessToken'>): ((options: { renew: boolean }) => Promise<string | undefined>) => {
  let sent: string | undefined;
  return async ({ renew }) => {
    const token = await session.accessToken();
    sent = renew && token === sent ? await session.accessToken({ renew: true }) : token;
    return sent;
  };
};
