import { GraphQLError } from 'graphql';

/** What a client is told when an operation is larger than it may be; always 400, whatever it accepts. */
export const limitExceeded = (code: string, message: string, extensions: Readonly<Record<string, unknown>>): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...extensions, http: { status: 400 } } });
