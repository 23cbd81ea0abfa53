import { hash } from 'node:crypto';

const HASH_LENGTH = 16;

/** What an entity tag says of a body: 16 characters. Not a secret, so the fastest hash will do. */
export const bodyHash = (body: string): string => hash('sha1', body, 'base64url').slice(0, HASH_LENGTH);

const withoutStrength = (tag: string): string => tag.trim().replace(/^W\//, '');

/** Whether an `If-None-Match` header names the tag, or anything: compared weakly (RFC 9110, section 13.1.2). */
export const isUnchanged = (ifNoneMatch: string | undefined, tag: string): boolean =>
  (ifNoneMatch ?? '').split(',').some((one) => one.trim() === '*' || withoutStrength(one) === withoutStrength(tag));
