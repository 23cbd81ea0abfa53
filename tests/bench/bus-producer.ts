import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, type PreparedStatement } from '@supergraph/database/database';
import { openMessageBus } from '@supergraph/message-bus/open';
import { changeWithEvents, startOutboxRelay } from '@supergraph/message-bus/outbox';
import { answerPhases, IN_FLIGHT, now, type Phase, SUBSCRIPTIONS, toBenchEnvelope, type Workplace } from './bus-plan.ts';

// The producer of `npm run bench:bus`: an order and its event a transaction, relayed to the bus as a room does it.
const { busUrl, namespace, databaseUrl, run } = JSON.parse(process.argv[2] ?? '{}') as Workplace;
const complain = (error: unknown, what: string): void => void process.stderr.write(`producer, ${what}: ${error}\n`);

const requests = createDatabase({ url: databaseUrl, applicationName: 'bench producer', maxConnections: IN_FLIGHT });
const messages = createDatabase({ url: databaseUrl, applicationName: 'bench producer messages', maxConnections: 3 });
const bus = await openMessageBus({ url: busUrl, subscriptions: SUBSCRIPTIONS, namespace, onError: complain });
startOutboxRelay(messages, (envelopes) => bus.publish(envelopes), complain);

const commitOne = async (event: number): Promise<number> => {
  const placedAt = new Date();
  const envelope = toBenchEnvelope(run, event, placedAt);
  const order: PreparedStatement = {
    name: 'place order',
    text: 'insert into orders (id, customer_id, total, placed_at) values ($1, $2, $3, $4)',
    values: [event, envelope.subject, '25.90', placedAt],
  };
  await changeWithEvents(requests, order, [envelope]);
  return now();
};

const commitAll = async ({ first, count, perSecond }: Phase) => {
  const times = new Float64Array(count);
  const begun = now();
  let next = 0;
  const untilDue = async (event: number): Promise<void> => {
    const early = perSecond === undefined ? 0 : begun + (event * 1_000) / perSecond - now();
    if (early > 0) await sleep(early);
  };
  const client = async (): Promise<void> => {
    for (let event = next++; event < count; event = next++) {
      await untilDue(event);
      times[event] = await commitOne(first + event);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, client));
  return { begun, times };
};

answerPhases(commitAll);
