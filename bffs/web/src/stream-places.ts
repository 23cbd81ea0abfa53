import { createHash } from 'node:crypto';
import { HttpProblem } from '@supergraph/service/problem';

export interface StreamPlaces {
  /**
   * Takes a place for a stream.
   * @returns a function that gives it back.
   * @throws TOO_MANY_STREAMS, STREAMS_EXHAUSTED
   */
  take(session: string): () => void;
}

/** Bounds how many streams are open: of one session, which is told apart by its token, and in all. */
export const createStreamPlaces = ({ perSession, inAll }: { perSession: number; inAll: number }): StreamPlaces => {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take: (session) => {
      // A hash, because a place is held for minutes: tokens do not lie about in memory.
      const key = createHash('sha256').update(session).digest('base64');
      const own = taken.get(key) ?? 0;
      if (own >= perSession)
        throw new HttpProblem(429, 'TOO_MANY_STREAMS', `At most ${perSession} streams at once: close one before you open another.`, {
          headers: { 'retry-after': '10' },
        });
      if (all >= inAll) throw new HttpProblem(503, 'STREAMS_EXHAUSTED', 'Too many people follow something at the moment. Try again shortly.');
      taken.set(key, own + 1);
      all += 1;
      return () => {
        const left = (taken.get(key) ?? 1) - 1;
        if (left === 0) taken.delete(key);
        else taken.set(key, left);
        all -= 1;
      };
    },
  };
};
