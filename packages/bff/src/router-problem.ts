import { ERROR_KINDS } from '@supergraph/errors';
import { notAllowed, signInRequired } from '@supergraph/identity/caller';
import { HttpProblem } from '@supergraph/service/problem';
import { answerInvalid, type RouterAnswer, type RouterError } from './router-client.ts';

/** Refusals of the router that are about the client's request, and not about ours. */
const PASSED_ON: ReadonlySet<number> = new Set([401, 403, 429, 503]);

const STATUS_BY_KIND: ReadonlyMap<unknown, number> = new Map(Object.values(ERROR_KINDS).map(({ graphql, http }) => [graphql, http]));

const viewUnavailable = (): HttpProblem =>
  new HttpProblem(503, 'VIEW_UNAVAILABLE', 'Something that is needed here cannot be reached at the moment. Try again shortly.');

const outcomeUnknown = (cause: unknown): HttpProblem =>
  // Not 503: that comes with a Retry-After.
  Object.assign(new HttpProblem(502, 'OUTCOME_UNKNOWN', 'It may have happened all the same. Look at your orders before you do it again.'), { cause });

/** An answer that tells clients nothing: of what only reads, they may ask again. */
export const noUsableAnswer = (cause: unknown, changes: boolean): HttpProblem => (changes ? outcomeUnknown(cause) : answerInvalid(cause));

/** Errors of a connection that never was. */
const NEVER_SENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** Refusals before a subgraph was asked. */
const NOT_ASKED: ReadonlySet<string> = new Set(['SUBGRAPH_CIRCUIT_OPEN', 'SUBGRAPH_OVERLOADED']);

/** What to say when the router was asked for a change and gave no answer that can be read. */
export const problemOfSilence = (error: unknown): unknown => {
  if (!(error instanceof HttpProblem)) return error;
  // `fetch failed`, and why.
  const reason = (error.cause as Error | undefined)?.cause as NodeJS.ErrnoException | undefined;
  const wasSent = error.code === 'ROUTER_UNAVAILABLE' && !NEVER_SENT.has(reason?.code);
  return wasSent || error.code === 'ROUTER_ANSWER_INVALID' ? outcomeUnknown(error.cause) : error;
};

const codeOf = ({ extensions }: RouterError): string => String(extensions?.['code'] ?? '');

export interface Asked {
  /** What nobody may do without being signed in: `see your orders`. */
  action: string;
  isSignedIn: boolean;
  /** Whether the operation changes something. */
  changes: boolean;
}

/** Below the mutation's own field it has run, and something of its answer could not be read. */
const hasRun = ({ path = [] }: RouterError): boolean => path.length > 1;

const isOutcomeUnknown = (error: RouterError, code: string): boolean => hasRun(error) || (code.startsWith('SUBGRAPH_') && !NOT_ASKED.has(code));

/** The problem that an error of an operation is for the client of a view. */
export const problemOfError = (error: RouterError, { action, isSignedIn, changes }: Asked): Error => {
  const code = codeOf(error);
  if (code === 'UNAUTHORIZED_FIELD_OR_TYPE') return isSignedIn ? notAllowed(action) : signInRequired(action);
  if (changes && isOutcomeUnknown(error, code)) return outcomeUnknown(new Error(`${code}: ${error.message}`));
  // Which part of ours is away is nothing to people who look at a screen.
  if (code.startsWith('SUBGRAPH_')) return Object.assign(viewUnavailable(), { cause: new Error(`${code}: ${error.message}`) });
  const status = STATUS_BY_KIND.get(error.extensions?.['kind']);
  return status === undefined ? noUsableAnswer(error, changes) : new HttpProblem(status, code, error.message);
};

/**
 * The refusal of a whole operation.
 * @returns the problem; undefined when the operation was executed.
 */
export const problemOfRefusal = ({ status, headers, data, errors }: RouterAnswer, changes: boolean): HttpProblem | undefined => {
  const [error] = errors;
  if (status < 400 || error === undefined || data !== null) return undefined;
  if (!PASSED_ON.has(status)) return noUsableAnswer(error, changes && status >= 500);
  const names = ['retry-after', 'ratelimit', 'ratelimit-policy', 'www-authenticate'];
  const passed = names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : []));
  return new HttpProblem(status, codeOf(error) || 'ROUTER_UNAVAILABLE', error.message, { headers: Object.fromEntries(passed) });
};
