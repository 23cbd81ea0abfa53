import type { GraphQLFormattedError } from 'graphql';
import type { Outcome } from './circuit-breaker.ts';

/** What one subgraph answered, or what stands for its answer when there is none. */
export interface SubgraphAnswer {
  data?: unknown;
  errors?: readonly GraphQLFormattedError[];
  extensions?: unknown;
}

/** What a client is told after `The subgraph "x" `, by code. */
export const SUBGRAPH_FAILURES = {
  SUBGRAPH_UNAVAILABLE: 'is unavailable.',
  SUBGRAPH_TIMEOUT: 'did not answer in time.',
  SUBGRAPH_CIRCUIT_OPEN: 'failed several times in a row and is left alone for a moment.',
  SUBGRAPH_OVERLOADED: 'has too many requests waiting.',
  SUBGRAPH_RESPONSE_TOO_LARGE: 'answered more than is accepted.',
  SUBGRAPH_RESPONSE_INVALID: 'gave an answer that is not a GraphQL response.',
} as const;

export type SubgraphFailureCode = keyof typeof SUBGRAPH_FAILURES;

interface SubgraphFailureTraits {
  /** A query may be sent once more. */
  retryable?: boolean;
  /** What it says about the subgraph: a bad answer in time is one that works. Nothing, unless told. */
  outcome?: Outcome;
  /** Nobody waits for the answer any more. */
  abandoned?: boolean;
  /** GraphQL errors that came with an HTTP error status; they are told instead of this failure. */
  answer?: SubgraphAnswer;
  cause?: unknown;
}

/** Why a fetch has no answer. The message is for the log, never for clients. */
export class SubgraphFailure extends Error {
  readonly code: SubgraphFailureCode;
  readonly retryable: boolean;
  readonly outcome: Outcome;
  readonly abandoned: boolean;
  readonly answer: SubgraphAnswer | undefined;

  constructor(code: SubgraphFailureCode, message: string, traits: SubgraphFailureTraits = {}) {
    super(message, traits.cause === undefined ? undefined : { cause: traits.cause });
    this.name = 'SubgraphFailure';
    this.code = code;
    this.retryable = traits.retryable ?? false;
    this.outcome = traits.outcome ?? 'inconclusive';
    this.abandoned = traits.abandoned ?? false;
    this.answer = traits.answer;
  }
}
