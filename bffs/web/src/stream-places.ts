import { createHash } from 'node:crypto';
import { HttpProblem } from '@supergraph/service/problem';

/** Who opens a stream. */
export interface Follower {
  /** Its token. */
  session: string;
  address: string;
}

export interface StreamPlaces {
  /**
   * Takes as many places as a stream has subscriptions.
   * @returns a function that gives them back, to be called once.
   * @throws TOO_MANY_STREAMS, STREAMS_EXHAUSTED
   */
  take(follower: Follower, count: number): () => void;
}

export interface PlaceLimits {
  perSession: number;
  perAddress: number;
  inAll: number;
}

const tooMany = (limit: number, whose: string): HttpProblem =>
  new HttpProblem(429, 'TOO_MANY_STREAMS', `At most ${limit} subscriptions at once ${whose}: close a stream before you open another.`, {
    headers: { 'retry-after': '10' },
  });

/** Bounds how many subscriptions are open: of one session, which is told apart by its token, of one address, and in all. */
export const createStreamPlaces = ({ perSession, perAddress, inAll }: PlaceLimits): StreamPlaces => {
  const taken = new Map<string, number>();
  let all = 0;

  const placesOf = (key: string): number => taken.get(key) ?? 0;
  const add = (key: string, count: number): void => {
    const now = placesOf(key) + count;
    if (now === 0) taken.delete(key);
    else taken.set(key, now);
  };

  return {
    take: ({ session, address }, count) => {
      // A hash, because a place is held for minutes: tokens do not lie about in memory.
      const own = `session:${createHash('sha256').update(session).digest('base64')}`;
      const near = `address:${address}`;
      if (placesOf(own) + count > perSession) throw tooMany(perSession, 'in a session');
      if (placesOf(near) + count > perAddress) throw tooMany(perAddress, 'from an address');
      if (all + count > inAll) throw new HttpProblem(503, 'STREAMS_EXHAUSTED', 'Too many people follow something at the moment. Try again shortly.');
      const change = (by: number): void => {
        add(own, by);
        add(near, by);
        all += by;
      };
      change(count);
      return () => change(-count);
    },
  };
};
