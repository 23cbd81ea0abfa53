import { DomainError } from '@supergraph/errors';

/** Neither accepted nor refused: nobody could say what the owner may see. */
export const queryUncheckable = (cause: unknown): DomainError =>
  new DomainError('unavailable', 'WEBHOOK_QUERY_UNCHECKED', 'The query cannot be checked at the moment. Try again shortly.', {}, cause);
