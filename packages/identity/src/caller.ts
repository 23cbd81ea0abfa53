import { DomainError } from '@supergraph/errors';

/** A person who signed in, with the role their account has. */
export interface UserCaller {
  role: 'customer' | 'staff' | 'admin';
  userId: string;
}

/** Who asks. Every use case takes one and decides for itself what this caller may do. */
export type Caller = { role: 'anonymous' } | UserCaller | { role: 'service'; name: string };

export const ANONYMOUS: Caller = { role: 'anonymous' };

/** Nobody is signed in, and this needs somebody. */
export const signInRequired = (action: string): DomainError =>
  new DomainError('unauthenticated', 'SIGN_IN_REQUIRED', `You must be signed in to ${action}. Send an access token as 'Authorization: Bearer …'.`);

/** The caller is known, and may not do this. */
export const notAllowed = (action: string): DomainError => new DomainError('forbidden', 'NOT_ALLOWED', `Your account may not ${action}.`);

/** Staff, admins and the system's own services see everything; customers see what is theirs. */
export const seesEverything = (caller: Caller): boolean => caller.role === 'staff' || caller.role === 'admin' || caller.role === 'service';

/**
 * The signed-in person, for actions that need one.
 * @throws SIGN_IN_REQUIRED for an anonymous caller, NOT_ALLOWED for a service.
 */
export const requireUser = (caller: Caller, action: string): UserCaller => {
  if (caller.role === 'anonymous') throw signInRequired(action);
  if (caller.role === 'service') throw notAllowed(action);
  return caller;
};

/**
 * Lets only the system's own services pass, for what no person may do.
 * @throws NOT_ALLOWED
 */
export const requireService = (caller: Caller, action: string): void => {
  if (caller.role !== 'service') throw notAllowed(action);
};

/**
 * Lets only staff, admins and services pass.
 * @throws SIGN_IN_REQUIRED for an anonymous caller, NOT_ALLOWED for a customer.
 */
export const requireStaff = (caller: Caller, action: string): void => {
  if (caller.role === 'anonymous') throw signInRequired(action);
  if (!seesEverything(caller)) throw notAllowed(action);
};
