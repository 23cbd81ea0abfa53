import { z } from 'zod';
import { link, path } from '../hal.ts';
import { resource } from '../http/schemas.ts';
import { OPERATION_KINDS, OPERATION_STATUSES, type Operation } from '../operations/operation.ts';

/** A client that looks again sooner finds nothing new. */
const LOOK_AGAIN_SECONDS = 1;

export const operationResource = resource(
  'Operation',
  {
    id: z.string().meta({ examples: ['01980c6e-5a10-7c3e-9b1f-2f6d1c9a4e06'] }),
    kind: z.enum(OPERATION_KINDS).meta({ description: 'What is to be done with the order.' }),
    status: z.enum(OPERATION_STATUSES).meta({ description: '`succeeded`: it was done; the order shows what became of it.' }),
    error: z
      .strictObject({ code: z.string().meta({ description: 'What to branch on.', examples: ['ORDER_STATUS_CONFLICT'] }), message: z.string() })
      .nullable()
      .meta({ description: 'Why it failed; null otherwise.' }),
    createdAt: z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC.' }),
    finishedAt: z.string().nullable().meta({ format: 'date-time', description: 'Null as long as it is pending.' }),
  },
  { rels: ['order'], description: 'Something that was accepted and is done later.' },
);

export const operationPath = ({ id }: Operation): string => path`/operations/${id}`;

/** Tells a client when to look again, as long as there is something to wait for. */
export const operationHeaders = ({ status }: Operation): Record<string, string> =>
  status === 'pending' ? { 'retry-after': String(LOOK_AGAIN_SECONDS) } : {};

export const toOperationResource = (operation: Operation) => ({
  id: operation.id,
  kind: operation.kind,
  status: operation.status,
  error: operation.error ?? null,
  createdAt: operation.createdAt.toISOString(),
  finishedAt: operation.finishedAt?.toISOString() ?? null,
  _links: { self: link(operationPath(operation)), order: link(path`/orders/${operation.orderNumber}`) },
});
