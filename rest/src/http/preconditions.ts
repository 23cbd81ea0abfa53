import { bodyHash } from '@supergraph/service/entity-tag';
import { preconditionFailed, preconditionRequired, requestInvalid } from './request-errors.ts';

/** Versions are 32-bit integers in PostgreSQL and gRPC, where a larger number would become another version. */
const OURS = /^"(\d{1,9})\.[\w-]+"$/;

/**
 * An entity tag: the version of the thing, where it has one, and a hash of exactly what was sent, because links differ from caller to caller.
 */
export const entityTag = (version: number | undefined, body: string): string => `"${version === undefined ? '' : `${version}.`}${bodyHash(body)}"`;

const tagsOf = (header: string): string[] => header.split(',').map((tag) => tag.trim());

/**
 * The version that `If-Match` demands; undefined when any will do. It goes to the subgraph, which compares it inside its transaction.
 * @throws PRECONDITION_REQUIRED when it is missing and must not be, VERSION_MISMATCH for a tag that nothing of ours can have (weak, or foreign).
 */
export const expectedVersion = (ifMatch: string | undefined, isRequired: boolean): number | undefined => {
  if (ifMatch === undefined) {
    if (isRequired) throw preconditionRequired();
    return undefined;
  }
  if (ifMatch.trim() === '*') return undefined;
  const versions = new Set(tagsOf(ifMatch).flatMap((tag) => OURS.exec(tag)?.[1] ?? []));
  if (versions.size > 1) throw requestInvalid([{ header: 'If-Match', detail: 'name one state only' }]);
  const [version] = versions;
  if (version === undefined) throw preconditionFailed();
  return Number(version);
};
