import type { QueryChecker } from '../use-cases/ports.ts';
import type { DelegatedTokens } from './delegated-tokens.ts';
import { queryUncheckable } from './errors.ts';
import { entityOf } from './event-entity.ts';
import type { AskRouter, RouterAnswer, RouterError } from './router-client.ts';
import { ENTITY_ALIAS, variablesFor, wrapSelection } from './wrap-selection.ts';

export interface QueryCheckerOptions {
  tokens: DelegatedTokens;
  router: AskRouter;
  /** 5,000 when left out. */
  deadlineMs?: number;
}

const DEADLINE_MS = 5_000;
const MAX_REASONS = 3;
const FORBIDDEN = 'UNAUTHORIZED_FIELD_OR_TYPE';

/** A dry run asks no subgraph, so any value does. */
const ANY_KEY = '0';

const isTheQuerysFault = ({ extensions }: RouterError): boolean =>
  extensions?.code !== undefined && extensions.code !== 'INTERNAL_SERVER_ERROR' && extensions.kind !== 'UNAVAILABLE';

const placeOf = (path: RouterError['path'] = []): string => path.filter((step) => typeof step === 'string' && step !== ENTITY_ALIAS).join('.');

const reasonOf = ({ message, path, extensions }: RouterError): string =>
  extensions?.code === FORBIDDEN ? `you may not see ${placeOf(path) || 'it'}` : message.replace(/\.$/, '');

const reasonsOf = (errors: readonly RouterError[]): string => {
  const reasons = [...new Set(errors.map(reasonOf))];
  const more = reasons.length - MAX_REASONS;
  return `${reasons.slice(0, MAX_REASONS).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
};

/** @throws Error when the answer says nothing about the query. */
const verdictOf = ({ status, data, errors }: RouterAnswer): string | undefined => {
  const isAnswer = (status === 200 || status === 400) && errors.every(isTheQuerysFault);
  if (!isAnswer) throw new Error(`the router answered a dry run with status ${status}: ${errors.map(({ message }) => message).join('; ')}`);
  if (errors.length > 0) return reasonsOf(errors);
  // It ran the query instead: then rights were checked only as far as there were data.
  if (data !== null) throw new Error('the router does not know dry runs');
  return undefined;
};

/**
 * Asks the router itself, by a dry run under the owner's delegated token: its limits, schema, policies and cost are the ones that count when
 * an event fires, and it tells what the owner may not see whatever the data are. Neither the supergraph's file (it knows no policies, and may
 * be another than the router serves) nor a query for a subject that does not exist (what stands below a null is never refused) could say that.
 */
export const createQueryChecker = ({ tokens, router, deadlineMs = DEADLINE_MS }: QueryCheckerOptions): QueryChecker => {
  const dryRun = async (query: string, ownerId: string): Promise<string | undefined> => {
    const signal = AbortSignal.timeout(deadlineMs);
    const token = await tokens.tokenFor(ownerId, signal);
    if (token === undefined) return 'its owner has no account';
    return verdictOf(await router({ query, variables: variablesFor(ANY_KEY), token, dryRun: true, deadlineMs, signal }));
  };

  return {
    check: async (query, eventType, ownerId) => {
      const entity = entityOf(eventType);
      if (entity === undefined) return 'the graph has nothing to ask for by it';
      const wrapped = wrapSelection(query, entity);
      if ('reason' in wrapped) return wrapped.reason;
      return dryRun(wrapped.query, ownerId).catch((error: unknown) => {
        throw queryUncheckable(error);
      });
    },
  };
};
