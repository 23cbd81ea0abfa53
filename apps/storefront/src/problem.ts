import { ClientError, type OperationError } from '@supergraph/client';

/** Why something could not be shown or done, with a sentence for people. */
export class Problem extends Error {
  /** Stable, of the graph's catalogue of errors; `NO_ANSWER` when the server could not be heard. */
  readonly code: string;
  /** Whether the same may work in a moment. */
  readonly passing: boolean;

  constructor(code: string, message: string, passing = false) {
    super(message);
    this.name = 'Problem';
    this.code = code;
    this.passing = passing;
  }
}

const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const PASSING_KIND: ReadonlySet<unknown> = new Set(['UNAVAILABLE', 'RATE_LIMITED']);

export const noAnswer = (): Problem => new Problem('NO_ANSWER', 'The shop does not answer. Check your connection and try again.', true);

/** Of a problem+json answer (RFC 9457). */
export const problemOfAnswer = (status: number, body: { code?: unknown; detail?: unknown; title?: unknown } | undefined): Problem => {
  const text = [body?.detail, body?.title].find((part) => typeof part === 'string' && part !== '');
  const code = typeof body?.code === 'string' ? body.code : `HTTP_${status}`;
  return new Problem(code, String(text ?? 'Something went wrong. Try again shortly.'), PASSING_STATUS.has(status));
};

/** @param status of the HTTP answer, which tells more than a `kind` that is not there: what is refused before it is executed has none. */
const problemOfErrors = (errors: readonly OperationError[], status = 200): Problem => {
  const [first] = errors;
  const { code = 'UNKNOWN', kind } = first?.extensions ?? {};
  return new Problem(code, first?.message ?? 'Something went wrong. Try again shortly.', PASSING_KIND.has(kind) || PASSING_STATUS.has(status));
};

/** Of anything that was thrown. */
export const problemOf = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  if (!(error instanceof ClientError)) return noAnswer();
  if (error.kind === 'graphql') return problemOfErrors(error.errors, error.status);
  return error.kind === 'http' ? problemOfAnswer(error.status ?? 500, undefined) : noAnswer();
};

/** The part of an answer that was asked for; where it is null the errors say why. */
export const answered = <Part>(part: Part | null | undefined, errors: readonly OperationError[]): Part => {
  if (part === null || part === undefined) throw problemOfErrors(errors);
  return part;
};

export const isTokenRefused = (error: unknown): boolean => problemOf(error).code === 'ACCESS_TOKEN_INVALID';

/** After these nobody knows whether the shop did what it was asked; an answer without a code comes from something before the shop. */
const isOutcomeUnknown = ({ code }: Problem): boolean => ['NO_ANSWER', 'OUTCOME_UNKNOWN', 'DEADLINE_EXCEEDED'].includes(code) || /^HTTP_5/.test(code);

/** Of an order that could not be placed: where it may have been placed, to order once more would be the wrong advice. */
export const withOrderAdvice = (problem: Problem): Problem =>
  isOutcomeUnknown(problem)
    ? new Problem(problem.code, 'The shop did not answer, so your order may have been placed. Look at “My orders” before you order again.')
    : problem;
