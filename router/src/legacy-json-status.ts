import type { ApolloServerPlugin } from '@apollo/server';
import { mediaRanges } from './media-ranges.ts';

/** What the GraphQL-over-HTTP draft calls failures of the document or its variables; a refused limit is not one. */
const DOCUMENT_FAILURES = new Set<unknown>(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']);

/** True when the client names `application/json` and prefers it; a wildcard is not a legacy client. */
export const prefersLegacyJson = (accept: string | undefined): boolean => {
  if (accept === undefined) return false;
  const ranges = mediaRanges(accept);
  const legacy = ranges.findIndex(({ type, quality }) => type === 'application/json' && quality > 0);
  const current = ranges.findIndex(({ type, quality }) => type === 'application/graphql-response+json' && quality > 0);
  if (legacy === -1 || current === -1) return legacy !== -1;
  const difference = (ranges[legacy]?.quality ?? 0) - (ranges[current]?.quality ?? 0);
  return difference === 0 ? legacy < current : difference > 0;
};

/**
 * A client that asks for `application/json` is told of a document that does not parse, validate or fit its variables with status 200, as
 * https://graphql.github.io/graphql-over-http/draft/#sec-application-json demands. All others, and every other refusal, keep Apollo's status.
 */
export const createLegacyJsonStatus = (): ApolloServerPlugin => ({
  requestDidStart: async () => ({
    willSendResponse: async ({ request, response }) => {
      if (response.http.status !== 400 || response.body.kind !== 'single') return;
      const errors = response.body.singleResult.errors ?? [];
      const isDocumentFailure = errors.length > 0 && errors.every(({ extensions }) => DOCUMENT_FAILURES.has(extensions?.['code']));
      if (isDocumentFailure && prefersLegacyJson(request.http?.headers.get('accept'))) response.http.status = 200;
    },
  }),
});
