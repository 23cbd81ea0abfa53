import { DomainError } from '@supergraph/errors';
import { z } from 'zod';

/** The largest event there is, its envelope included, in bytes of UTF-8 JSON. */
export const MAX_EVENT_BYTES = 262_144;

/** Refused before the commit of the change it tells of, because no broker takes it for certain. */
export const eventTooLarge = (type: string, bytes: number): DomainError =>
  new DomainError(
    'invalid',
    'EVENT_TOO_LARGE',
    `The event ${type} would have ${bytes} bytes; at most ${MAX_EVENT_BYTES} are allowed. Make the change smaller.`,
    {
      type,
      bytes,
      maximum: MAX_EVENT_BYTES,
    },
  );

/**
 * CloudEvents 1.0 in structured JSON (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md), with the
 * attributes we demand: a subject, a time, and JSON data. `traceparent` is the distributed tracing extension.
 */
export const envelopeSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(128).describe('Unique for ever: consumers remember it to act once.'),
  source: z.string().min(1).max(128).describe('The room that published it.'),
  type: z
    .string()
    .regex(/^[a-z-]+(\.[a-z-]+)+\.v\d+$/)
    .describe('For instance `order.placed.v1`.'),
  subject: z.string().min(1).max(256).describe('Id of the entity it is about; order is kept within a subject where the broker can.'),
  time: z.iso.datetime().describe('When it happened, RFC 3339 in UTC.'),
  datacontenttype: z.literal('application/json'),
  traceparent: z.string().max(64).optional().describe('W3C trace context of what caused it.'),
  data: z.record(z.string(), z.json()),
});

/** An event or a command, as it travels. */
export type Envelope = z.infer<typeof envelopeSchema>;

/** The JSON that goes over the wire. @throws EVENT_TOO_LARGE */
export const serialize = (envelope: Envelope): string => {
  const json = JSON.stringify(envelope);
  const bytes = new TextEncoder().encode(json).length;
  if (bytes > MAX_EVENT_BYTES) throw eventTooLarge(envelope.type, bytes);
  return json;
};
