import type { Patch } from '../patched-copy.ts';
import type { Figure } from './verdict.ts';

/** A mistake that a run must see. */
export interface PlantedBug {
  name: string;
  /** The figure by which it is seen. */
  mustShow: Figure;
  kills: number;
  patches: readonly Patch[];
}

const DUE = 'webhooks/src/repositories/due-deliveries.postgres.ts';
const WRITER = 'webhooks/src/repositories/webhook-writer.postgres.ts';
const MIGRATION = 'webhooks/migrations/0001-webhooks.sql';
const CLAIM = 'update deliveries set leased_until = $4 from due';

const NO_LEASE: readonly Patch[] = [{ file: DUE, find: CLAIM, replace: 'update deliveries set leased_until = least($4, $1) from due' }];

/** What a process had when it was killed stays claimed. */
const ENDLESS_LEASE: readonly Patch[] = [
  { file: DUE, find: CLAIM, replace: "update deliveries set leased_until = greatest($4, 'infinity'::timestamptz) from due" },
];

const NO_INBOX: readonly Patch[] = [
  { file: MIGRATION, find: '  unique (endpoint_id, event_id)\n', replace: '  check (true)\n' },
  { file: WRITER, find: 'on conflict (endpoint_id, event_id) do nothing returning 1', replace: 'returning 1' },
];

const NEW_IDS: readonly Patch[] = [
  {
    file: 'webhooks/src/dispatcher/attempt-delivery.ts',
    find: 'signedHeaders({ id, at, body }, secrets)',
    replace: 'signedHeaders({ id: id + delivery.attempt, at, body }, secrets)',
  },
];

/** Bugs that this suite must catch, each in a short run. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  { name: 'no lease', mustShow: 'overlaps', kills: 0, patches: NO_LEASE },
  { name: 'a lease without an end', mustShow: 'lost', kills: 4, patches: ENDLESS_LEASE },
  { name: 'a webhook-id for each attempt', mustShow: 'idsChanged', kills: 0, patches: NEW_IDS },
  { name: 'events not remembered', mustShow: 'idsChanged', kills: 0, patches: NO_INBOX },
];
