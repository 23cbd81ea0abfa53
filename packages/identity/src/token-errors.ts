import { DomainError } from '@supergraph/errors';

/** The access token is malformed, expired, signed by a stranger or meant for somebody else. */
export const invalidAccessToken = (reason: string, cause?: unknown): DomainError =>
  new DomainError(
    'unauthenticated',
    'ACCESS_TOKEN_INVALID',
    `The access token was refused: ${reason}. Sign in again, or call refreshSession.`,
    {},
    cause,
  );

/** The issuer's keys cannot be read now, so a token can be neither accepted nor refused. */
export const identityUnavailable = (cause: unknown): DomainError =>
  new DomainError('unavailable', 'IDENTITY_UNAVAILABLE', 'Access tokens cannot be checked at the moment. Try again shortly.', {}, cause);
