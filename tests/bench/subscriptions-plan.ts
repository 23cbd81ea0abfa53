/** What `npm run bench:subscriptions` and its publishing process tell each other. */
export interface PublisherOrder {
  busUrl: string;
  /** Subjects of events that concern one subscriber each, in this order. */
  concerned: readonly string[];
  /** Events a second that concern a subscriber. */
  perSecond: number;
  /** Events a second that concern nobody, of a type that is listened to. */
  passingPerSecond: number;
}

/** When each concerned subject was published, and how many events passed by. */
export interface PublisherReport {
  published: readonly (readonly [subject: string, at: number])[];
  passed: number;
  seconds: number;
}

/** Milliseconds, the same in every process of this machine. */
export const now = (): number => performance.timeOrigin + performance.now();
