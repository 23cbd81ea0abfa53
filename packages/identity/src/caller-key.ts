import { purposeOf } from './delegation.ts';
import type { Identity } from './identity.ts';

/**
 * Under which key a caller's requests are counted, the same at every door; undefined for an anonymous caller, who is counted by address.
 * An id counts for its issuer only: two issuers may give it to two people. What services do for somebody does not use up what that person may do.
 */
export const callerKey = ({ caller, claims }: Pick<Identity, 'caller' | 'claims'>): string | undefined => {
  if (caller.role === 'anonymous') return undefined;
  if (caller.role === 'service') return `service:${caller.name}`;
  const issuer = claims['iss'];
  const key = `user:${typeof issuer === 'string' ? issuer : ''}|${caller.userId}`;
  const purpose = purposeOf({ claims });
  return purpose === undefined ? key : `${key}|${purpose}`;
};
