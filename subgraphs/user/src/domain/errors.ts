import { DomainError } from '@supergraph/errors';

export const userNotFound = (id: string): DomainError => new DomainError('not-found', 'USER_NOT_FOUND', `There is no user '${id}'.`, { id });

export const userInvalid = (field: string, expected: string): DomainError =>
  new DomainError('invalid', 'USER_INVALID', `${field} must be ${expected}.`, { field });

export const userEmailTaken = (): DomainError =>
  new DomainError('conflict', 'USER_EMAIL_TAKEN', 'There is already an account with this email. Sign in instead.');

/** The same for an unknown email and a wrong password, so that nobody learns who has an account. */
export const credentialsInvalid = (): DomainError => new DomainError('unauthenticated', 'CREDENTIALS_INVALID', 'The email or the password is wrong.');

/** Said only to who knows the account's password, which is public. */
export const developmentAccount = (): DomainError =>
  new DomainError('forbidden', 'DEVELOPMENT_ACCOUNT', 'This account came with the sample data and works only in development.');

export const refreshTokenInvalid = (): DomainError =>
  new DomainError('unauthenticated', 'REFRESH_TOKEN_INVALID', 'The refresh token is unknown, expired or was used before. Sign in again.');

export const signInBusy = (): DomainError =>
  new DomainError('unavailable', 'SIGN_IN_BUSY', 'Too many people are signing in at the moment. Try again shortly.');

/** Told to services of our own only. */
export const purposeUnknown = (purpose: string): DomainError =>
  new DomainError('invalid', 'PURPOSE_UNKNOWN', `There is no purpose '${purpose}' to act for somebody else.`, { purpose });
