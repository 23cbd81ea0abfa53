import { randomUUID } from 'node:crypto';
import { unwrapResolverError } from '@apollo/server/errors';
import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from './logging.ts';

const withPosition = (formatted: GraphQLFormattedError, message: string, extensions: Record<string, unknown>): GraphQLFormattedError => ({
  message,
  ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
  ...(formatted.path === undefined ? {} : { path: formatted.path }),
  extensions,
});

/** Apollo Server refuses some requests (a persisted query's hash that does not fit) with a status and no code. */
const isRefusal = ({ extensions }: GraphQLError): boolean => {
  const status = (extensions['http'] as { status?: number } | undefined)?.status ?? 500;
  return extensions['code'] === undefined && status >= 400 && status < 500;
};

/** What a client may see of one of GraphQL's own errors; undefined when it stands for something nobody foresaw. */
const publicExtensions = (error: unknown, formatted: GraphQLFormattedError): Record<string, unknown> | undefined => {
  if (!(error instanceof GraphQLError)) return undefined;
  if (isRefusal(error)) return { code: 'BAD_REQUEST' };
  const { stacktrace: _, ...extensions } = formatted.extensions ?? {};
  return extensions['code'] === 'INTERNAL_SERVER_ERROR' ? undefined : extensions;
};

/**
 * Apollo Server's `formatError`. A DomainError goes out with its own code, kind and details; GraphQL's own errors
 * (syntax, validation, coercion) as they are; everything else is masked, and logged whole under the reference id
 * that the client also gets. No stack trace leaves the process.
 */
export const createErrorFormatter =
  (logger: Logger) =>
  (formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError => {
    const error = unwrapResolverError(thrown);
    if (error instanceof DomainError) {
      if (error.cause !== undefined) logger.error({ err: error.cause, code: error.code }, error.message);
      const details = Object.keys(error.details).length === 0 ? {} : { details: error.details };
      return withPosition(formatted, error.message, { code: error.code, kind: ERROR_KINDS[error.kind].graphql, ...details });
    }
    const extensions = publicExtensions(error, formatted);
    if (extensions !== undefined) return withPosition(formatted, formatted.message, extensions);
    const reference = randomUUID();
    logger.error({ err: error, reference }, 'unexpected error');
    return withPosition(formatted, `Something went wrong on our side. Quote the reference ${reference}.`, {
      code: 'INTERNAL_SERVER_ERROR',
      reference,
    });
  };
