import { randomUUID } from 'node:crypto';
import { createDatabase } from '@supergraph/database/database';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import { startMessaging } from '@supergraph/message-bus/messaging';
import { createLogger } from '@supergraph/service/logging';
import { onEvent } from '../../webhooks/src/consumers/on-event.ts';
import { startDispatcher } from '../../webhooks/src/dispatcher/dispatcher.ts';
import { createDispatcherDatabase } from '../../webhooks/src/dispatcher/dispatcher-database.ts';
import { createRender } from '../../webhooks/src/dispatcher/payload.ts';
import { createGuardedAgent } from '../../webhooks/src/egress/guarded-agent.ts';
import { createSender } from '../../webhooks/src/egress/send.ts';
import { createUrlGuard } from '../../webhooks/src/egress/url-guard.ts';
import { createDueDeliveries } from '../../webhooks/src/repositories/due-deliveries.postgres.ts';
import { createKeyCipher } from '../../webhooks/src/repositories/key-cipher.crypto.ts';
import { createTransactWebhooks } from '../../webhooks/src/repositories/webhook-writer.postgres.ts';
import { takeEvent } from '../../webhooks/src/use-cases/take-event.ts';
import type { Workplace } from './webhooks-plan.ts';

// The sender of `npm run bench:webhooks`: what the webhooks room does between the bus and the wire, wired as there.
const { databaseUrl, busUrl, keySecret } = JSON.parse(process.argv[2] ?? '{}') as Workplace;
const complain = (error: unknown, what: string): void => void process.stderr.write(`dispatcher, ${what}: ${error}\n`);

const database = createDatabase({ url: databaseUrl, applicationName: 'webhooks' });
const cipher = createKeyCipher(keySecret);
const guard = createUrlGuard({ allowPrivate: true });
const agent = createGuardedAgent({ guard });
const clock = (): Date => new Date();

const dispatcher = startDispatcher({
  deliveries: createDueDeliveries(createDispatcherDatabase(databaseUrl), cipher),
  send: createSender({ guard, agent }),
  render: createRender(),
  now: clock,
  random: Math.random,
  newId: randomUUID,
  onError: complain,
});
const handle = onEvent({ takeEvent: takeEvent({ transact: createTransactWebhooks(database, cipher), now: clock }), wake: dispatcher.wake });
const messaging = startMessaging({
  databaseUrl,
  bus: { url: busUrl, subscriptions: SUBSCRIPTIONS },
  room: 'webhooks',
  consumers: Object.fromEntries((SUBSCRIPTIONS['webhooks'] ?? []).map((type) => [type, handle])),
  logger: createLogger('webhooks', 'warn'),
});

process.on('disconnect', () => {
  const closing = messaging.close().then(() => dispatcher.close());
  void closing.then(() => process.exit(0));
});
process.send?.('ready');
