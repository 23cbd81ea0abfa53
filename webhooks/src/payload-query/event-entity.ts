type Data = Readonly<Record<string, unknown>>;

/** What of an event is needed to find its entity. */
export interface EventReference {
  type: string;
  subject: string;
  data: Data;
}

/** Where the entity that an event is about stands in the graph. */
export interface EventEntity {
  /** The field of `Query` that answers it. */
  field: string;
  /** The field's one argument, and its type. */
  argument: string;
  argumentType: 'ID!' | 'String!';
  /** The argument's value; undefined when the event does not tell. */
  keyOf: (event: EventReference) => string | undefined;
}

const bySubject = ({ subject }: EventReference): string => subject;

const ORDER: EventEntity = { field: 'order', argument: 'number', argumentType: 'String!', keyOf: bySubject };
const PRODUCT: EventEntity = { field: 'product', argument: 'sku', argumentType: 'String!', keyOf: bySubject };
const USER: EventEntity = { field: 'user', argument: 'id', argumentType: 'ID!', keyOf: bySubject };
/** The subject of its events is the id, by which the graph has no field; the slug stands in their data. */
const CATEGORY: EventEntity = {
  field: 'category',
  argument: 'slug',
  argumentType: 'String!',
  keyOf: ({ data }) => (typeof data['slug'] === 'string' ? data['slug'] : undefined),
};

const ENDPOINT: EventEntity = { field: 'webhookEndpoint', argument: 'id', argumentType: 'ID!', keyOf: bySubject };

/** By the event's first word. The subject of a payment's events is the number of its order. */
const ENTITIES: ReadonlyMap<string, EventEntity> = new Map([
  ['order', ORDER],
  ['payment', ORDER],
  ['product', PRODUCT],
  ['user', USER],
  ['category', CATEGORY],
  ['webhook', ENDPOINT],
]);

/** What was deleted cannot be asked for, and a test is about nothing: it goes to endpoints whose query is about something else. */
const NOTHING_TO_ASK = /^webhook\.test\.|\.deleted\.v\d+$/;

/** @returns undefined for events about nothing that the graph has. */
export const entityOf = (eventType: string): EventEntity | undefined =>
  NOTHING_TO_ASK.test(eventType) ? undefined : ENTITIES.get(eventType.split('.')[0] ?? '');
