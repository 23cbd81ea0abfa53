import type { Envelope } from '@supergraph/events/envelope';
import type { Page, PageRequest } from '@supergraph/pagination';
import type { Attempt, Delivery, DeliveryStatus } from '../domain/delivery.ts';
import type { Endpoint, EndpointKey } from '../domain/endpoint.ts';
import type { Audience } from '../domain/event-types.ts';
import type { Visibility } from '../domain/visibility.ts';

/** Batched reads answer a map by the key they were asked for; what is absent or not visible has no entry. */
export interface WebhookReader {
  endpoints(ids: readonly string[], visibility: Visibility): Promise<Map<string, Endpoint>>;
  /** Oldest first. */
  listEndpoints(visibility: Visibility, page: PageRequest): Promise<Page<Endpoint>>;
  endpointsOf(ownerIds: readonly string[], visibility: Visibility, page: PageRequest): Promise<Map<string, Page<Endpoint>>>;
  deliveries(ids: readonly string[], visibility: Visibility): Promise<Map<string, Delivery>>;
  /** Newest first. */
  deliveriesOf(endpointIds: readonly string[], status: DeliveryStatus | undefined, page: PageRequest): Promise<Map<string, Page<Delivery>>>;
  /** The newest 100 of each, oldest first. */
  attempts(deliveryIds: readonly string[]): Promise<Map<string, Attempt[]>>;
}

/** Inside one transaction. */
export interface WebhookWriter {
  /** Locks the owner's endpoints against a registration at the same moment. */
  countOf(ownerId: string): Promise<number>;
  add(endpoint: Endpoint, ownerSeesEverything: boolean, key: EndpointKey): Promise<void>;
  /** Locks the endpoint until the transaction ends. */
  find(id: string, visibility: Visibility): Promise<Endpoint | undefined>;
  change(endpoint: Endpoint): Promise<void>;
  remove(id: string): Promise<void>;
  /** Those that still sign, newest first, without their secrets. */
  keys(endpointId: string, now: Date): Promise<Omit<EndpointKey, 'secret'>[]>;
  /** The other keys sign until `othersUntil`; those that ended before now are forgotten. */
  addKey(endpointId: string, key: EndpointKey, othersUntil: Date): Promise<void>;
  addDelivery(endpointId: string, id: string, envelope: Envelope, now: Date): Promise<Delivery>;
  /** One for every endpoint that wants the event and whose owner may be told; those it has already are left alone. @returns how many. */
  addDeliveries(envelope: Envelope, audience: Audience, now: Date): Promise<number>;
  /** An owner's rights, as their account tells now. */
  keepOwner(ownerId: string, seesEverything: boolean): Promise<void>;
  findDelivery(id: string, visibility: Visibility): Promise<Delivery | undefined>;
  /** Due now, with the whole schedule before it; pending ones are left alone. @returns those that were put back. */
  replay(ids: readonly string[], now: Date): Promise<Delivery[]>;
  /** Finished deliveries of an endpoint, of events that came in [from, to), oldest first. */
  finishedBetween(endpointId: string, range: { from: Date; to: Date; statuses: readonly DeliveryStatus[]; limit: number }): Promise<string[]>;
}

export type TransactWebhooks = <Result>(work: (webhooks: WebhookWriter) => Promise<Result>) => Promise<Result>;

/** Answers why an endpoint's URL is refused, for people; nothing when it may be called. */
export interface UrlGuard {
  check(url: string): Promise<string | undefined>;
}

/** Answers why a selection cannot be run for events of a type with the rights of the owner; nothing when it can. */
export interface QueryChecker {
  check(query: string, eventType: string, ownerId: string): Promise<string | undefined>;
}

/** What makes one thing unlike another. */
export interface Stamps {
  now: () => Date;
  newId: () => string;
}

/** A delivery whose time has come, leased to whoever claimed it. */
export interface DueDelivery {
  /** The `webhook-id`. */
  id: string;
  eventType: string;
  envelope: Envelope;
  /** The body of the first attempt; undefined when this is the first. */
  body: string | undefined;
  /** Number of the attempt to make now; 1 for the first, goes on counting after a replay. */
  attempt: number;
  /** The same within the schedule, which starts again at 1 after a replay: what `nextAttemptAt` wants. */
  attemptInSchedule: number;
  endpoint: Endpoint;
  /** `whsec_…`, newest first: two during the 24 hours after a rotation. */
  secrets: readonly string[];
}

/** What becomes of a delivery after an attempt. `pending` needs `nextAttemptAt`. */
export interface AttemptResult extends Attempt {
  status: DeliveryStatus;
  nextAttemptAt?: Date;
}

/** The dispatcher's storage. */
export interface DueDeliveries {
  /**
   * The longest due of active endpoints first, of none in `except`; at most `perEndpoint` of one endpoint are leased at a time. Who does not
   * record an attempt before the lease ends loses the delivery to the next claim.
   */
  claimDue(claim: { limit: number; perEndpoint: number; leaseMs: number; now: Date; except?: readonly string[] }): Promise<DueDelivery[]>;
  /** When the next delivery is due that nobody has leased; undefined when there is none. */
  nextDueAt(): Promise<Date | undefined>;
  /** Keeps the body that every attempt sends. @returns the one that counts: another may have been first. */
  keepBody(deliveryId: string, body: string): Promise<string>;
  /**
   * Notes an attempt and ends the lease, in one statement; a delivery that was cancelled meanwhile stays so.
   * @returns since when every attempt at the endpoint has failed; undefined after a success, and when the endpoint is gone.
   */
  recordAttempt(result: AttemptResult): Promise<Date | undefined>;
  /** Disables the endpoint, cancels what is pending, and publishes `event` with it. @returns false when it was disabled or gone before. */
  disable(endpointId: string, reason: string, now: Date, event: Envelope): Promise<boolean>;
}
