import { endpointInvalid } from './errors.ts';
import { mayBeSubscribedBy } from './event-types.ts';

/** `paused` holds deliveries back until it is active again; `disabled` gets none. */
export type EndpointStatus = 'active' | 'paused' | 'disabled';

/** Who wants which events, where. */
export interface Endpoint {
  id: string;
  ownerId: string;
  url: string;
  eventTypes: string[];
  /** A GraphQL selection on the event's entity; null for the plain event. */
  query: string | null;
  status: EndpointStatus;
  disabledReason: string | null;
  createdAt: Date;
  /** Since when every attempt has failed; null after a success. */
  firstFailureAt: Date | null;
}

/** A signing key. Only the newest has no end. */
export interface EndpointKey {
  /** `whsec_…` */
  secret: string;
  createdAt: Date;
  expiresAt: Date | null;
}

/** What an owner decides about an endpoint. */
export interface EndpointWish {
  url: string;
  eventTypes: readonly string[];
  query: string | null;
}

export interface EndpointChanges {
  url?: string | undefined;
  eventTypes?: readonly string[] | undefined;
  query?: string | null | undefined;
  status?: 'active' | 'paused' | undefined;
}

export const MAX_ENDPOINTS_PER_OWNER = 50;
/** How long the key before still signs. */
export const KEY_OVERLAP_MS = 86_400_000;

const MAX_URL_LENGTH = 2_048;
const MAX_QUERY_BYTES = 10_240;
const MAX_EVENT_TYPES = 50;

const checkedUrl = (url: string): string => {
  if (url.length > MAX_URL_LENGTH || !URL.canParse(url)) throw endpointInvalid('url', `an absolute URL of at most ${MAX_URL_LENGTH} characters`);
  return url;
};

const checkedTypes = (types: readonly string[], ownerSeesEverything: boolean): string[] => {
  const distinct = [...new Set(types)];
  if (distinct.length < 1 || distinct.length > MAX_EVENT_TYPES) throw endpointInvalid('eventTypes', `1 to ${MAX_EVENT_TYPES} event types`);
  const wrong = distinct.findIndex((type) => !mayBeSubscribedBy(type, ownerSeesEverything));
  if (wrong !== -1) throw endpointInvalid(`eventTypes[${wrong}]`, 'an event type you may subscribe to, for instance order.placed.v1');
  return distinct;
};

const checkedQuery = (query: string | null): string | null => {
  if (query === null || query.trim() === '') return null;
  if (new TextEncoder().encode(query).length > MAX_QUERY_BYTES) throw endpointInvalid('query', `at most ${MAX_QUERY_BYTES} bytes`);
  return query;
};

export const newEndpoint = (
  { id, ownerId, createdAt }: Pick<Endpoint, 'id' | 'ownerId' | 'createdAt'>,
  { url, eventTypes, query }: EndpointWish,
  ownerSeesEverything: boolean,
): Endpoint => ({
  id,
  ownerId,
  url: checkedUrl(url),
  eventTypes: checkedTypes(eventTypes, ownerSeesEverything),
  query: checkedQuery(query),
  status: 'active',
  disabledReason: null,
  createdAt,
  firstFailureAt: null,
});

/** Types that the endpoint has already may stay, whoever changes it. */
const changedTypes = (endpoint: Endpoint, types: readonly string[], ownerSeesEverything: boolean): string[] => {
  const isKept = types.length > 0 && types.every((type) => endpoint.eventTypes.includes(type));
  return isKept ? [...new Set(types)] : checkedTypes(types, ownerSeesEverything);
};

/** Made active again, an endpoint starts with a clean record. */
const changedStatus = (endpoint: Endpoint, status: 'active' | 'paused' | undefined): Partial<Endpoint> => {
  if (status === undefined || status === endpoint.status) return {};
  return endpoint.status === 'disabled' ? { status, disabledReason: null, firstFailureAt: null } : { status };
};

export const withChanges = (endpoint: Endpoint, changes: EndpointChanges, ownerSeesEverything: boolean): Endpoint => ({
  ...endpoint,
  ...(changes.url === undefined ? {} : { url: checkedUrl(changes.url) }),
  ...(changes.eventTypes === undefined ? {} : { eventTypes: changedTypes(endpoint, changes.eventTypes, ownerSeesEverything) }),
  ...(changes.query === undefined ? {} : { query: checkedQuery(changes.query) }),
  ...changedStatus(endpoint, changes.status),
});
