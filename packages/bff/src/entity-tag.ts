import { hash } from 'node:crypto';

const HASH_LENGTH = 16;

/** A weak entity tag (RFC 9110, section 8.8.1): the same for every encoding of the body. Not a secret, so the fastest hash will do. */
export const entityTag = (body: string): string => `W/"${hash('sha1', body, 'base64url').slice(0, HASH_LENGTH)}"`;

const withoutStrength = (tag: string): string => tag.trim().replace(/^W\//, '');

/** RFC 9110, section 13.1.2: compared weakly. */
export const isUnchanged = (ifNoneMatch: string | undefined, tag: string): boolean =>
  (ifNoneMatch ?? '').split(',').some((one) => one.trim() === '*' || withoutStrength(one) === withoutStrength(tag));
