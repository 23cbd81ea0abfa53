import { ERROR_KINDS } from '@supergraph/errors';
import { notAllowed, signInRequired } from '@supergraph/identity/caller';
import { HttpProblem } from '@supergraph/service/problem';
import { answerInvalid, type RouterAnswer, type RouterError } from './router-client.ts';

/** Refusals of the router that are about the client's request, and not about ours. */
const PASSED_ON: ReadonlySet<number> = new Set([401, 403, 429, 503]);

const STATUS_BY_KIND: ReadonlyMap<unknown, number> = new Map(Object.values(ERROR_KINDS).map(({ graphql, http }) => [graphql, http]));

const viewUnavailable = (): HttpProblem =>
  new HttpProblem(503, 'VIEW_UNAVAILABLE', 'Something that is needed here cannot be reached at the moment. Try again shortly.');

const codeOf = ({ extensions }: RouterError): string => String(extensions?.['code'] ?? '');

/** The problem that an error of an operation is for the client of a view. */
export const problemOfError = (error: RouterError, action: string, isSignedIn: boolean): Error => {
  const code = codeOf(error);
  if (code === 'UNAUTHORIZED_FIELD_OR_TYPE') return isSignedIn ? notAllowed(action) : signInRequired(action);
  // Which part of ours is away is nothing to people who look at a screen.
  if (code.startsWith('SUBGRAPH_')) return Object.assign(viewUnavailable(), { cause: new Error(`${code}: ${error.message}`) });
  const status = STATUS_BY_KIND.get(error.extensions?.['kind']);
  return status === undefined ? answerInvalid(error) : new HttpProblem(status, code, error.message);
};

/**
 * The refusal of a whole operation.
 * @returns the problem; undefined when the operation was executed.
 */
export const problemOfRefusal = ({ status, headers, data, errors }: RouterAnswer): HttpProblem | undefined => {
  const [error] = errors;
  if (status < 400 || error === undefined || data !== null) return undefined;
  if (!PASSED_ON.has(status)) return answerInvalid(error);
  const names = ['retry-after', 'ratelimit', 'ratelimit-policy', 'www-authenticate'];
  const passed = names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : []));
  return new HttpProblem(status, codeOf(error) || 'ROUTER_UNAVAILABLE', error.message, { headers: Object.fromEntries(passed) });
};
