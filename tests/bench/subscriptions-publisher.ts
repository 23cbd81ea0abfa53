import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import { orderPaid } from '@supergraph/events/order';
import { openMessageBus } from '@supergraph/message-bus/open';
import { now, type PublisherOrder, type PublisherReport } from './subscriptions-plan.ts';

// Publishes as relays do: what is due goes together, one batch after the other. Without groups: what consumers do is not measured here.
const TICK_MS = 5;

const { busUrl, concerned, perSecond, passingPerSecond } = JSON.parse(process.argv[2] ?? '{}') as PublisherOrder;
const bus = await openMessageBus({ url: busUrl, subscriptions: {} });

const paid = (number: string): Envelope => {
  const data = { id: number, number, customerId: null, total: { amount: 2_034, currency: 'GBP' } };
  return toEnvelope(orderPaid, { id: randomUUID(), subject: number, time: new Date(), data });
};

const published: [string, number][] = [];
const begun = now();
const seconds = concerned.length / perSecond;
let passed = 0;

const publishDue = async (): Promise<void> => {
  const elapsed = (now() - begun) / 1_000;
  const passing = Math.min(Math.floor(elapsed * passingPerSecond), Math.floor(seconds * passingPerSecond)) - passed;
  const concerning = concerned.slice(published.length, Math.floor(elapsed * perSecond));
  const events = Array.from({ length: passing }, (_, index) => paid(`nobody-${passed + index}`));
  // In the middle of the others.
  events.splice(Math.floor(passing / 2), 0, ...concerning.map(paid));
  passed += passing;
  const at = now();
  for (const number of concerning) published.push([number, at]);
  await bus.publish(events);
};

while (published.length < concerned.length) {
  await publishDue();
  await sleep(TICK_MS);
}
await bus.close();
const report: PublisherReport = { published, passed, seconds: (now() - begun) / 1_000 };
process.send?.(report, () => process.disconnect?.());
