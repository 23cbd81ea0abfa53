/**
 * What went wrong, seen from the caller's side. The list is closed: a new kind is a new column in every transport,
 * so a rule that fits none of these is usually `failed-precondition`.
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'failed-precondition'
  | 'rate-limited'
  | 'unavailable';

/** How one kind is told in each transport, and whether doing the same again later can help. */
export interface ErrorKindMapping {
  /** `extensions.kind` of a GraphQL error. */
  graphql: string;
  /** HTTP status code (RFC 9110). */
  http: number;
  /** gRPC status code (https://grpc.io/docs/guides/status-codes). */
  grpc: number;
  /** True when a message consumer should try again later instead of parking the message. */
  retry: boolean;
}

/** The one table every transport maps a `DomainError` by. */
export const ERROR_KINDS: Readonly<Record<ErrorKind, ErrorKindMapping>> = {
  invalid: { graphql: 'INVALID', http: 400, grpc: 3, retry: false },
  unauthenticated: { graphql: 'UNAUTHENTICATED', http: 401, grpc: 16, retry: false },
  forbidden: { graphql: 'FORBIDDEN', http: 403, grpc: 7, retry: false },
  'not-found': { graphql: 'NOT_FOUND', http: 404, grpc: 5, retry: false },
  conflict: { graphql: 'CONFLICT', http: 409, grpc: 10, retry: true },
  'failed-precondition': { graphql: 'FAILED_PRECONDITION', http: 422, grpc: 9, retry: false },
  'rate-limited': { graphql: 'RATE_LIMITED', http: 429, grpc: 8, retry: true },
  unavailable: { graphql: 'UNAVAILABLE', http: 503, grpc: 14, retry: true },
};

/** Values a client may see beside the message. Never a secret, never another person's data. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/**
 * The only error that may cross a use case's border and reach a client as it is; every other error is masked.
 * `code` is subject first and stable (`ORDER_NOT_FOUND`): clients branch on it. `message` is for people.
 * Made by catalogue functions (`orderNotFound(number)`), never by `new DomainError` in the middle of a rule.
 */
export class DomainError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly details: ErrorDetails;

  constructor(kind: ErrorKind, code: string, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'DomainError';
    this.kind = kind;
    this.code = code;
    this.details = details;
  }
}
