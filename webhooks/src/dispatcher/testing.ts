import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '@supergraph/database/database';
import { toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import { orderPaid } from '@supergraph/events/order';
import type { Answer, OutgoingRequest } from '../egress/send.ts';
import type { DueDeliveries, TransactWebhooks } from '../use-cases/ports.ts';
import { type AttemptOptions, createAttempt } from './attempt-delivery.ts';
import { createRender } from './payload.ts';

export const START = new Date('2026-01-31T09:30:00.000Z');
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const CLAIM = { limit: 100, perEndpoint: 4, leaseMs: 60_000 };
export const answer = (statusCode: number | null, more: Partial<Answer> = {}): Answer => ({
  statusCode,
  body: '',
  retryAfter: undefined,
  failure: null,
  ...more,
});

/** As 32 bytes of Standard Webhooks. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

export interface Storage {
  database: Database;
  deliveries: DueDeliveries;
  transact: TransactWebhooks;
}

export type Respond = (request: OutgoingRequest) => Answer | Promise<Answer>;

/** What receivers answer is scripted by `respond`; everything else is as it runs. */
export const setUp = ({ database, deliveries, transact }: Storage, respond: Respond, now = START) => {
  const clock = { now };
  const requests: (OutgoingRequest & { at: Date })[] = [];
  const disabled: string[] = [];
  const options: AttemptOptions = {
    deliveries,
    send: async (request) => {
      requests.push({ ...request, at: clock.now });
      return respond(request);
    },
    render: createRender(),
    now: () => clock.now,
    random: () => 0.5,
    newId: randomUUID,
    onDisabled: (_, reason) => disabled.push(reason),
  };
  return {
    clock,
    requests,
    disabled,
    options,
    transact,
    addEndpoint: async (url = 'https://hooks.example.com/'): Promise<{ id: string; secret: string }> => {
      const [id, secret] = [randomUUID(), newSecret()];
      const endpoint = { id, ownerId: 'u1', url, eventTypes: [orderPaid.type], query: null, disabledReason: null, firstFailureAt: null };
      const key = { secret, createdAt: clock.now, expiresAt: null };
      await transact((webhooks) => webhooks.add({ ...endpoint, status: 'active', createdAt: clock.now }, true, key));
      return { id, secret };
    },
    publish: async (count = 1): Promise<void> => {
      for (let index = 0; index < count; index++) {
        const data = { id: 'o1', number: 'W1', customerId: 'u1', total: { amount: 100, currency: 'GBP' } };
        const envelope = toEnvelope(orderPaid, { id: randomUUID(), subject: 'W1', time: clock.now, data });
        await transact((webhooks) => webhooks.addDeliveries(envelope, { ownerId: 'u1' }, clock.now));
      }
    },
    /** Attempts what is due at the clock's time. */
    attemptDue: async (): Promise<number> => {
      const due = await options.deliveries.claimDue({ ...CLAIM, now: clock.now });
      await Promise.all(due.map(createAttempt(options)));
      return due.length;
    },
    statuses: async (): Promise<string[]> => (await database.query<{ status: string }>('select status from deliveries')).map(({ status }) => status),
    outbox: async (): Promise<Envelope[]> =>
      (await database.query<{ envelope: string }>('select envelope from outbox')).map(({ envelope }) => JSON.parse(envelope) as Envelope),
  };
};

export type Setting = ReturnType<typeof setUp>;
