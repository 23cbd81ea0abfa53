/** An attempt that takes longer leaves the fast lane, and its endpoint with it. */
const SLOW_AFTER_MS = 500;
const MAX_REMEMBERED = 10_000;

export interface Lanes {
  /** How many attempts may begin now. */
  room(): number;
  /** Endpoints that have to wait because the slow lane is full. */
  waiting(): readonly string[];
  /** Counts an attempt until the function it answers is called. */
  enter(endpointId: string): () => void;
}

export interface LaneOptions {
  /** Attempts at a time that are quick, as far as is known. */
  fast: number;
  /** Attempts at a time that are not: they hold a connection and some memory, and hardly any CPU. */
  slow: number;
}

/**
 * Keeps endpoints that answer slowly, or never, from taking the places of the others: however many there are, they fill the slow lane only.
 * An endpoint gets its place back with one quick answer.
 */
export const createLanes = ({ fast, slow }: LaneOptions): Lanes => {
  const inLane = { fast: 0, slow: 0 };
  /** Oldest first. */
  const slowEndpoints = new Set<string>();

  const remember = (endpointId: string): void => {
    slowEndpoints.delete(endpointId);
    slowEndpoints.add(endpointId);
    const [oldest] = slowEndpoints;
    if (slowEndpoints.size > MAX_REMEMBERED && oldest !== undefined) slowEndpoints.delete(oldest);
  };

  return {
    room: () => Math.max(0, Math.min(fast - inLane.fast, fast + slow - inLane.fast - inLane.slow)),
    waiting: () => (inLane.slow < slow ? [] : [...slowEndpoints]),
    enter: (endpointId) => {
      let lane: keyof typeof inLane = slowEndpoints.has(endpointId) ? 'slow' : 'fast';
      let isSlow = false;
      inLane[lane] += 1;
      const timer = setTimeout(() => {
        isSlow = true;
        remember(endpointId);
        inLane[lane] -= 1;
        lane = 'slow';
        inLane.slow += 1;
      }, SLOW_AFTER_MS).unref();
      return () => {
        clearTimeout(timer);
        inLane[lane] -= 1;
        if (!isSlow) slowEndpoints.delete(endpointId);
      };
    },
  };
};
