import { DomainError } from './domain-error.ts';

/**
 * Somebody changed it meanwhile: the change was made for version `expected`, and there is version `actual`.
 * @param entity names it for people, for instance `Order 'W1'`.
 */
export const versionMismatch = (entity: string, expected: number, actual: number): DomainError =>
  new DomainError(
    'failed-precondition',
    'VERSION_MISMATCH',
    `${entity} has version ${actual}, not ${expected}: somebody changed it meanwhile. Read it again, and decide anew.`,
    { expected, actual },
  );

/**
 * Call it under the lock of what is to be changed. No expected version means any.
 * @throws VERSION_MISMATCH
 */
export const requireVersion = (entity: string, expected: number | undefined, actual: number): void => {
  if (expected !== undefined && expected !== actual) throw versionMismatch(entity, expected, actual);
};
