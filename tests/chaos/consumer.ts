import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '@supergraph/database/database';
import { orderPlaced } from '@supergraph/events/order';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import { isFirstDelivery } from '@supergraph/message-bus/inbox';
import type { Delivery, MessageBus } from '@supergraph/message-bus/message-bus';
import { openMessageBus } from '@supergraph/message-bus/open';

// A consumer as any room's: its effect and its note that it happened commit together. It stays `CHAOS_HANDLER_MS` with a
// message after that, as one that calls a slow service would. It is run from a copy of the checkout whose table of
// subscriptions knows the group `chaos`.
const { CHAOS_DATABASE_URL: url = '', MESSAGE_BUS_URL: busUrl = '', CHAOS_HANDLER_MS: handlerMs = '0' } = process.env;
const GROUP = 'chaos';
// Short, so that what a killed consumer held is soon given to the next one.
const VISIBILITY_MS = 5_000;

const database = createDatabase({ url, applicationName: 'chaos consumer' });

const handle = async ({ envelope }: Delivery): Promise<void> => {
  const order = orderPlaced.data.parse(envelope.data);
  await database.transact(async (sql) => {
    const isFirst = await isFirstDelivery(sql, GROUP, envelope.id);
    if (isFirst) await sql.query('insert into effects (event_id, order_number) values ($1, $2)', [envelope.id, order.number]);
  });
  await sleep(Number(handlerMs));
};

const subscribe = async (): Promise<void> => {
  let bus: MessageBus | undefined;
  try {
    bus = await openMessageBus({ url: busUrl, subscriptions: SUBSCRIPTIONS, visibilityMs: VISIBILITY_MS, retryDelayMs: 200 });
    await bus.subscribe({ group: GROUP, handle });
  } catch {
    await bus?.close();
    await sleep(200);
    await subscribe();
  }
};

process.on('disconnect', () => process.exit(0));
await subscribe();
process.send?.('serving');
