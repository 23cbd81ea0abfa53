import { DomainError } from '@supergraph/errors';

export const callbackMalformed = (problem: string): DomainError =>
  new DomainError('invalid', 'CALLBACK_MALFORMED', `This is not a callback that can be understood: ${problem.slice(0, 500)}.`);

/** Missing, malformed, or not of this time: the signature was not even looked at. */
export const callbackHeadersInvalid = (problem: string): DomainError =>
  new DomainError('invalid', 'CALLBACK_HEADERS_INVALID', `The headers of the callback are wrong: ${problem}.`);

export const callbackSignatureInvalid = (): DomainError =>
  new DomainError('unauthenticated', 'CALLBACK_SIGNATURE_INVALID', 'No signature of the callback fits its id, timestamp and body.');

export const callbackConflict = (id: string): DomainError =>
  new DomainError('conflict', 'CALLBACK_CONFLICT', `The callback '${id}' came before with another body.`, { id });
