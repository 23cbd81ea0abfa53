import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { DeferredResult } from '../engine/execute-deferred.ts';
import type { OperationResult } from '../gateway/operation-result.ts';
import type { IncrementalPatch, StreamedResult } from '../streams/operation-stream.ts';
import { InvalidDocument } from './stream-documents.ts';

/** As Apollo Server's `formatError`. */
export type FormatError = (formatted: GraphQLFormattedError, thrown: unknown) => GraphQLFormattedError;

const INTERNAL = 'INTERNAL_SERVER_ERROR';

const errorsIn = (thrown: unknown): readonly unknown[] => (thrown instanceof InvalidDocument ? thrown.errors : [thrown]);

const statusOfOne = (error: unknown): number => {
  if (error instanceof DomainError) return error.code === 'REQUEST_TIMEOUT' ? 504 : ERROR_KINDS[error.kind].http;
  const http = error instanceof GraphQLError ? (error.extensions['http'] as { status?: unknown } | undefined) : undefined;
  if (typeof http?.status === 'number') return http.status;
  return 500;
};

/** Errors as they leave, whatever was thrown: nothing but what is meant for clients. */
export const createStreamErrors = (format: FormatError) => {
  const formatOne = (thrown: unknown): GraphQLFormattedError => {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const error = thrown instanceof GraphQLError ? thrown : new GraphQLError(message, thrown instanceof Error ? { originalError: thrown } : {});
    const { http: _status, ...extensions } = error.extensions;
    return format({ ...error.toJSON(), extensions: { ...extensions, code: extensions['code'] ?? INTERNAL } }, thrown);
  };
  const formatAll = (thrown: unknown): GraphQLFormattedError[] => errorsIn(thrown).map(formatOne);
  const withErrors = (errors: readonly GraphQLError[] | undefined): { errors?: GraphQLFormattedError[] } =>
    errors === undefined || errors.length === 0 ? {} : { errors: errors.map(formatOne) };

  return {
    formatAll,
    statusOf: (thrown: unknown): number => statusOfOne(errorsIn(thrown)[0]),
    result: ({ data, errors, extensions }: OperationResult): StreamedResult => ({
      ...(data === undefined ? {} : { data }),
      ...withErrors(errors),
      ...(extensions === undefined ? {} : { extensions }),
    }),
    incremental: ({ errors, incremental, ...rest }: DeferredResult): StreamedResult => ({
      ...rest,
      ...withErrors(errors),
      ...(incremental === undefined
        ? {}
        : { incremental: incremental.map(({ errors: own, ...patch }): IncrementalPatch => ({ ...patch, ...withErrors(own) })) }),
    }),
  };
};

export type StreamErrors = ReturnType<typeof createStreamErrors>;
