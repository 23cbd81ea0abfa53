import { DomainError } from '@supergraph/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Refusal } from '../door/refusal.ts';

/** As Apollo Server's `formatError`: what is no business of clients is masked and logged. */
export type ErrorFormatter = (formatted: GraphQLFormattedError, thrown: unknown) => GraphQLFormattedError;

/** How an error that ended a stream is told. */
export const toldError = (format: ErrorFormatter, error: unknown): GraphQLFormattedError => {
  if (error instanceof GraphQLError) return format(error.toJSON(), error);
  return format({ message: error instanceof DomainError ? error.message : '' }, error);
};

export const errorOfRefusal = ({ code, message, extensions }: Refusal): GraphQLFormattedError => ({ message, extensions: { code, ...extensions } });

export const codeOf = ({ extensions }: GraphQLFormattedError): string => String(extensions?.['code'] ?? 'INTERNAL_SERVER_ERROR');
