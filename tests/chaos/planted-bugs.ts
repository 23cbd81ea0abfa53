import { crashDatabase, killServices } from './crash-scenarios.ts';
import type { Patch } from './patched-copy.ts';
import type { Result, Setting } from './scenario.ts';
import type { Figures } from './verdict.ts';

/** A mistake that a run must see. */
export interface PlantedBug {
  name: string;
  /** The figure by which it is seen. */
  mustShow: keyof Figures;
  run: (setting: Setting) => Promise<Result>;
}

const KILLS = 14;
const CRASHES = 5;

const NO_INBOX: readonly Patch[] = [
  { file: 'tests/chaos/consumer.ts', find: 'const isFirst = await isFirstDelivery(sql, GROUP, envelope.id);', replace: 'const isFirst = true;' },
];

const WRITER = 'subgraphs/order/src/repositories/order-writer.postgres.ts';

const DUAL_WRITE: readonly Patch[] = [
  {
    file: WRITER,
    find: "import { appendToOutbox } from '@supergraph/message-bus/outbox';",
    replace: `import { appendToOutbox } from '@supergraph/message-bus/outbox';
import { openMessageBus } from '@supergraph/message-bus/open';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
const bus = await openMessageBus({ url: process.env['MESSAGE_BUS_URL'] ?? '', subscriptions: SUBSCRIPTIONS });`,
  },
  {
    file: WRITER,
    find: '  (work) =>\n    database.transact((sql) => work(createOrderWriter(sql), publishIn(sql)));',
    replace: `  async (work) => {
    const events: Parameters<Publish>[0][] = [];
    const result = await database.transact((sql) => work(createOrderWriter(sql), async (event) => void events.push(event)));
    await bus.publish(events);
    return result;
  };`,
  },
];

const OUTBOX = 'packages/message-bus/src/outbox.ts';

const CURSOR_RELAY: readonly Patch[] = [
  {
    file: OUTBOX,
    find: `select id, envelope from outbox order by id limit \${BATCH} for update skip locked`,
    replace: `select id, envelope from outbox where id > (select coalesce(max(last), 0) from relay_cursor) order by id limit \${BATCH}`,
  },
  {
    file: OUTBOX,
    find: "await sql.query('set local synchronous_commit = off');",
    replace: "await sql.query('create table if not exists relay_cursor (last bigint)');",
  },
  {
    file: OUTBOX,
    find: "await sql.query('delete from outbox where id = any($1)', [rows.map(({ id }) => id)]);",
    replace: "await sql.query('insert into relay_cursor values ($1)', [rows.at(-1)?.id]);",
  },
];

/** The WAL writer else saves within 600 ms nearly everything that was acknowledged. */
const LAZY_COMMIT = { synchronous_commit: 'off', wal_writer_delay: '10s' };

/** Bugs that this suite must catch, each in a short run of the scenario it is for. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  { name: 'no inbox', mustShow: 'duplicateEffects', run: (setting) => killServices(setting, KILLS, { patches: NO_INBOX }) },
  { name: 'dual write', mustShow: 'eventsLost', run: (setting) => crashDatabase(setting, CRASHES, { patches: DUAL_WRITE }) },
  { name: 'cursor relay', mustShow: 'eventsLost', run: (setting) => killServices(setting, KILLS, { patches: CURSOR_RELAY }) },
  { name: 'synchronous_commit off', mustShow: 'ordersLost', run: (setting) => crashDatabase(setting, CRASHES, { postgresSettings: LAZY_COMMIT }) },
];
