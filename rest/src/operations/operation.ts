import { DomainError } from '@supergraph/errors';
import { type Caller, seesEverything } from '@supergraph/identity/caller';

export const OPERATION_KINDS = ['pay', 'cancel', 'ship'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

export const OPERATION_STATUSES = ['pending', 'succeeded', 'failed'] as const;

/** Something that was accepted and is done later. */
export interface Operation {
  id: string;
  ownerId: string;
  kind: OperationKind;
  orderNumber: string;
  status: (typeof OPERATION_STATUSES)[number];
  /** Why it was refused. */
  error: { code: string; message: string } | undefined;
  createdAt: Date;
  finishedAt: Date | undefined;
}

/** Somebody else's operation is absent, not forbidden. */
export const isVisibleTo = ({ ownerId }: Operation, caller: Caller): boolean =>
  seesEverything(caller) || ('userId' in caller && caller.userId === ownerId);

export const operationNotFound = (id: string): DomainError =>
  new DomainError('not-found', 'OPERATION_NOT_FOUND', `There is no operation '${id}'. Operations are kept for 7 days.`, { id });
