import { createDatabase } from '@supergraph/database/database';
import { changeOnce } from '@supergraph/message-bus/inbox';
import { openMessageBus } from '@supergraph/message-bus/open';
import { answerPhases, GROUP, IN_FLIGHT, now, type Phase, SUBSCRIPTIONS, type Workplace } from './bus-plan.ts';

// The consumer of `npm run bench:bus`: an effect a transaction, with the inbox.
const { busUrl, namespace, databaseUrl, run, events } = JSON.parse(process.argv[2] ?? '{}') as Workplace;
const complain = (error: unknown, what: string): void => void process.stderr.write(`consumer, ${what}: ${error}\n`);

const database = createDatabase({ url: databaseUrl, applicationName: 'bench consumer', maxConnections: IN_FLIGHT });
const bus = await openMessageBus({ url: busUrl, subscriptions: SUBSCRIPTIONS, namespace, onError: complain });
const effects = new Float64Array(events);
let awaited: { first: number; left: number; done: () => void } | undefined;

const note = (event: number): void => {
  effects[event] = now();
  if (awaited !== undefined && event >= awaited.first && --awaited.left === 0) awaited.done();
};

await bus.subscribe({
  group: GROUP,
  concurrency: IN_FLIGHT,
  handle: async ({ envelope: { id, data } }) => {
    if (data['run'] !== run) return;
    const event = Number(data['event']);
    const isFirst = await changeOnce(database, GROUP, id, {
      name: 'add effect',
      text: 'insert into effects (event, customer_id, total) select $1::bigint, $2::text, $3::numeric from first_delivery',
      values: [event, data['customerId'], '25.90'],
    });
    if (isFirst) note(event);
  },
});

const awaitEffects = async ({ first, count }: Phase) => {
  const begun = now();
  const { promise, resolve } = Promise.withResolvers<void>();
  const present = effects.subarray(first, first + count).reduce((sum, time) => sum + (time > 0 ? 1 : 0), 0);
  awaited = { first, left: count - present, done: resolve };
  if (present === count) resolve();
  await promise;
  return { begun, times: effects.slice(first, first + count) };
};

answerPhases(awaitEffects);
