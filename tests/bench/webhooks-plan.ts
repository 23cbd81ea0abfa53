/** What the processes of `npm run bench:webhooks` tell each other. */
export interface Workplace {
  databaseUrl: string;
  busUrl: string;
  keySecret: string;
}

/** Answered by the receiver to `report`: when each event reached each endpoint for the first time, as `now()` tells it. */
export type Arrivals = readonly (readonly [key: string, at: number])[];

/** `report`: hand over the arrivals and forget them. `release`: let go of what hangs. */
export type ReceiverCommand = 'report' | 'release';

export const SLOW_PATH = '/slow';
export const SLOW_MS = 15_000;

/** Milliseconds, the same in every process of this machine. */
export const now = (): number => performance.timeOrigin + performance.now();
