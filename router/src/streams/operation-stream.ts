import type { GraphQLFormattedError } from 'graphql';
import type { RequestContext } from '../request-context.ts';

/** A part of the answer that came later, to be put at its path. */
export interface IncrementalPatch {
  data: unknown;
  path: readonly (string | number)[];
  label?: string;
  errors?: readonly GraphQLFormattedError[];
  extensions?: Record<string, unknown>;
}

/**
 * One result of an operation that may have several. `hasNext` and `incremental` are those of incremental delivery as Apollo
 * Client speaks it (`deferSpec=20220824`).
 */
export interface StreamedResult {
  data?: unknown;
  errors?: readonly GraphQLFormattedError[];
  extensions?: Record<string, unknown>;
  incremental?: readonly IncrementalPatch[];
  hasNext?: boolean;
}

export type StartedOperation =
  /** Nothing was run: syntax, validation, authorisation, limits or rate. */
  | { kind: 'refused'; status: number; errors: readonly GraphQLFormattedError[] }
  | { kind: 'single'; result: StreamedResult }
  /** Of `@defer`: the initial result first, then the patches. */
  | { kind: 'incremental'; results: AsyncGenerator<StreamedResult, void> }
  /** May end by throwing a DomainError, which is told to the client as its protocol tells errors; anything else is masked. */
  | { kind: 'subscription'; results: AsyncGenerator<StreamedResult, void> };

export interface StreamedOperation {
  query: string;
  operationName?: string;
  variables?: Record<string, unknown>;
  /** What it defers is answered with the rest: its client takes no patches. */
  isWhole?: boolean;
}

export interface OperationStreams {
  /**
   * Parses and validates, guards as for any operation, and starts. `return()` on the results, or the context's signal, ends
   * everything behind them.
   */
  start(operation: StreamedOperation, context: RequestContext): Promise<StartedOperation>;
}
