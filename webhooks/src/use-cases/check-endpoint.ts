import type { Endpoint } from '../domain/endpoint.ts';
import { queryRefused, urlRefused } from '../domain/errors.ts';
import type { QueryChecker, UrlGuard } from './ports.ts';

export interface EndpointChecks {
  urlGuard: UrlGuard;
  queryChecker: QueryChecker;
}

/**
 * Asks the outside about what is new in an endpoint: may the URL be called, can the query run for every type.
 * @throws WEBHOOK_URL_REFUSED, WEBHOOK_QUERY_REFUSED
 */
export const checkEndpoint = async ({ urlGuard, queryChecker }: EndpointChecks, endpoint: Endpoint, before?: Endpoint): Promise<void> => {
  const { url, query, eventTypes, ownerId } = endpoint;
  if (url !== before?.url) {
    const reason = await urlGuard.check(url);
    if (reason !== undefined) throw urlRefused(reason);
  }
  if (query === null) return;
  const types = query === before?.query ? eventTypes.filter((type) => !before.eventTypes.includes(type)) : eventTypes;
  for (const type of types) {
    const reason = await queryChecker.check(query, type, ownerId);
    if (reason !== undefined) throw queryRefused(type, reason);
  }
};
