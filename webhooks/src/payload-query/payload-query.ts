import { performance } from 'node:perf_hooks';
import type { Logger } from '@supergraph/service/logging';
import { AnswerTooLarge } from './bounded-fetch.ts';
import type { DelegatedTokens } from './delegated-tokens.ts';
import { entityOf } from './event-entity.ts';
import type { AskRouter, RouterAnswer, RouterError } from './router-client.ts';
import { ENTITY_ALIAS, variablesFor, wrapSelection } from './wrap-selection.ts';

export interface PayloadQueryRequest {
  /** The endpoint's selection. */
  query: string;
  eventType: string;
  subject: string;
  /** Of the event; categories are found by the slug in it. */
  data: Readonly<Record<string, unknown>>;
  ownerId: string;
  /** Ends the work without a result: `run` then rejects, so that nobody keeps a body that says it failed. */
  signal: AbortSignal;
}

export interface PayloadError {
  message: string;
  path?: (string | number)[];
  extensions?: { code: string };
}

/** What stands under `query` or `queryError` of the payload. `data` has the shape of the selection; null for an entity the owner may not see. */
export type PayloadQueryResult = { data: unknown; errors?: PayloadError[] } | { queryError: string };

export interface PayloadQuery {
  run(request: PayloadQueryRequest): Promise<PayloadQueryResult>;
}

export interface PayloadQueryOptions {
  tokens: DelegatedTokens;
  router: AskRouter;
  logger: Logger;
  /** For token and query together; 5,000 when left out. */
  deadlineMs?: number;
}

const DEADLINE_MS = 5_000;
/** The router ends first, so that what it has by then is still taken. */
const MARGIN_MS = 500;
const MAX_ERRORS = 20;

const NOT_NOW = 'The query could not be answered.';
const NOT_ANY_MORE = 'The query does not fit the graph any more.';
const NOTHING_TO_ASK = 'The graph has nothing to ask for by this event.';
const OWNER_GONE = 'The owner of this endpoint has no account any more.';

/** What a receiver is told: it may be another company's, and what went wrong inside is none of its business. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['RATE_LIMITED', 'The owner of this endpoint has asked for too much in too short a time.'],
  ['COST_LIMIT_EXCEEDED', 'The query costs more than the owner of this endpoint may spend at once.'],
  ['UNAUTHORIZED_FIELD_OR_TYPE', 'The owner of this endpoint may not see what the query asks for.'],
  ['REQUEST_TIMEOUT', 'The query took too long.'],
  ['GRAPHQL_VALIDATION_FAILED', NOT_ANY_MORE],
  ['BAD_USER_INPUT', NOT_ANY_MORE],
]);

const codeOf = ({ extensions }: RouterError): string => extensions?.code ?? '';

const reasonOf = (errors: readonly RouterError[]): string =>
  errors.map((error) => REASONS.get(codeOf(error))).find((reason) => reason !== undefined) ?? NOT_NOW;

const reasonOfFailure = (error: unknown): string => {
  if (error instanceof AnswerTooLarge) return 'The answer to the query is too large.';
  return error instanceof DOMException && error.name === 'TimeoutError' ? 'The query took too long.' : NOT_NOW;
};

/** The paths begin where the selection does. */
const toPayloadError = ({ message, path, extensions }: RouterError): PayloadError => ({
  message,
  ...(path === undefined ? {} : { path: path[0] === ENTITY_ALIAS ? path.slice(1) : path }),
  ...(extensions?.code === undefined ? {} : { extensions: { code: extensions.code } }),
});

const toResult = ({ data, errors }: RouterAnswer): PayloadQueryResult => {
  const entity = data?.[ENTITY_ALIAS] ?? null;
  if (entity === null && errors.length > 0) return { queryError: reasonOf(errors) };
  return errors.length === 0 ? { data: entity } : { data: entity, errors: errors.slice(0, MAX_ERRORS).map(toPayloadError) };
};

interface Prepared {
  query: string;
  key: string;
}

const prepare = ({ query, eventType: type, subject, data }: PayloadQueryRequest): Prepared | { queryError: string } => {
  const entity = entityOf(type);
  const key = entity?.keyOf({ type, subject, data });
  if (entity === undefined || key === undefined) return { queryError: NOTHING_TO_ASK };
  const wrapped = wrapSelection(query, entity);
  return 'reason' in wrapped ? { queryError: NOT_ANY_MORE } : { query: wrapped.query, key };
};

/**
 * Runs an endpoint's selection on the entity of an event through the router, as the owner and with the rights the owner has at that moment.
 * Whatever goes wrong becomes a short `queryError`: the event goes out in any case. The reasons are in the log.
 */
export const createPayloadQuery = ({ tokens, router, logger, deadlineMs = DEADLINE_MS }: PayloadQueryOptions): PayloadQuery => {
  const ask = async ({ query, key }: Prepared, ownerId: string, signal: AbortSignal): Promise<RouterAnswer | undefined> => {
    const end = performance.now() + deadlineMs;
    const token = await tokens.tokenFor(ownerId, signal);
    if (token === undefined) return undefined;
    const left = end - performance.now();
    return router({ query, variables: variablesFor(key), token, deadlineMs: Math.max(left - MARGIN_MS, left / 2), signal });
  };

  return {
    run: async (request) => {
      const { eventType, ownerId, signal } = request;
      const prepared = prepare(request);
      if ('queryError' in prepared) return prepared;
      try {
        const answer = await ask(prepared, ownerId, AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]));
        if (answer === undefined) return { queryError: OWNER_GONE };
        const result = toResult(answer);
        if ('queryError' in result)
          logger.warn({ ownerId, eventType, status: answer.status, codes: answer.errors.map(codeOf) }, 'a payload query was refused');
        return result;
      } catch (error) {
        signal.throwIfAborted();
        logger.warn({ err: error, ownerId, eventType }, 'a payload query failed');
        return { queryError: reasonOfFailure(error) };
      }
    },
  };
};
