import { requestInvalid } from '@supergraph/service/problem';
import { z } from 'zod';
import { DELIVERY_STATUSES } from '../domain/delivery.ts';

const text = z.string();
const types = z.array(text).max(1_000);

export const idParams = z.object({ id: text });

export const pageQuery = z.strictObject({ first: z.coerce.number().optional(), after: text.optional() });
export const deliveriesQuery = pageQuery.extend({ status: z.enum(DELIVERY_STATUSES).optional() });

export const registerBody = z.strictObject({ url: text, eventTypes: types, query: text.nullish().transform((query) => query ?? null) });

export const updateBody = z.strictObject({
  url: text.optional(),
  eventTypes: types.optional(),
  query: text.nullable().optional(),
  status: z.enum(['active', 'paused']).optional(),
});

export const replayBody = z.strictObject({ from: text, to: text, includeDelivered: z.boolean().default(false) });

/** @throws REQUEST_INVALID naming everything that is wrong. */
export const read = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> => {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  throw requestInvalid(result.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)));
};
