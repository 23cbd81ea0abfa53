import { GraphQLError } from 'graphql';

/** What a client gets for each place it may not see. */
export const unauthorizedError = (path: readonly (string | number)[]): GraphQLError =>
  new GraphQLError('Unauthorized field or type', { path, extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } });
