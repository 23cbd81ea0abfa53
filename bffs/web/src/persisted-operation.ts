import { z } from 'zod';

/** An operation by its id, and in no other way. */
export const persistedOperation = z.strictObject({
  documentId: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and the hash of a persisted document'),
  operationName: z.string().max(256).nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});
