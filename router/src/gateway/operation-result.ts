import type { GraphQLError } from 'graphql';

/** What an operation is answered with. */
export interface OperationResult {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLError[];
  extensions?: Record<string, unknown>;
}
