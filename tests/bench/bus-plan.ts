import type { Envelope } from '@supergraph/events/envelope';

/** What the processes of `npm run bench:bus` agree on. */
export const GROUP = 'bench';
export const EVENT_TYPE = 'bench.order-placed.v1';
export const SUBSCRIPTIONS = { [GROUP]: [EVENT_TYPE] };
/** Transactions under way at a time in the producer, and handlers in the consumer (the bus's default). */
export const IN_FLIGHT = 16;
const SUBJECTS = 1_000;

/** Where a process works; its only argument, as JSON. */
export interface Workplace {
  busUrl: string;
  /** Prefix of everything on the broker. */
  namespace: string;
  /** Its own database. */
  databaseUrl: string;
  /** Tells the events of this measurement from what an interrupted one left on the broker. */
  run: string;
  /** How many events there will be in all. */
  events: number;
}

/** Some of the measurement's events, by their numbers. */
export interface Phase {
  first: number;
  count: number;
  /** Committed at this pace; left out: as fast as it goes. */
  perSecond?: number;
}

/** What a process answers to a phase: when each of its events was committed or had its effect, by `now`. */
export interface Times {
  begun: number;
  times: Float64Array;
}

/** Milliseconds on the clock that all processes of a machine share. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export const PRODUCER_TABLES = `
  create table orders (id bigint primary key, customer_id text not null, total numeric(12, 2) not null, placed_at timestamptz not null);
  create table outbox (id bigint generated always as identity primary key, envelope text not null);
`;

export const CONSUMER_TABLES = `
  create table inbox (
    consumer text not null,
    event_id text not null,
    handled_at timestamptz not null default now(),
    primary key (consumer, event_id)
  );
  create index inbox_oldest on inbox (handled_at);
  create table effects (event bigint not null, customer_id text not null, total numeric(12, 2) not null);
`;

/** Event number `event`, as large as an order of two items is. */
export const toBenchEnvelope = (run: string, event: number, placedAt: Date): Envelope => ({
  specversion: '1.0',
  id: `${run}-${event}`,
  source: 'bench',
  type: EVENT_TYPE,
  subject: `customer-${event % SUBJECTS}`,
  time: placedAt.toISOString(),
  datacontenttype: 'application/json',
  data: {
    run,
    event,
    customerId: `customer-${event % SUBJECTS}`,
    total: { amount: '25.90', currency: 'GBP' },
    items: [
      { sku: '85123A', quantity: 6, unitPrice: { amount: '2.55', currency: 'GBP' } },
      { sku: '71053', quantity: 2, unitPrice: { amount: '5.30', currency: 'GBP' } },
    ],
  },
});

/** Answers each phase that the parent sends; goes when the parent goes. */
export const answerPhases = (answer: (phase: Phase) => Promise<Times>): void => {
  process.on('disconnect', () => process.exit());
  process.on('message', async (phase: Phase) => process.send?.(await answer(phase)));
  process.send?.('ready');
};
