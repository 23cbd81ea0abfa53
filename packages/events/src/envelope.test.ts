import { DomainError } from '@supergraph/errors';
import { describe, expect, test } from 'vitest';
import { type Envelope, envelopeSchema, MAX_EVENT_BYTES, serialize } from './envelope.ts';

const envelope: Envelope = {
  specversion: '1.0',
  id: 'e1',
  source: 'order',
  type: 'order.placed.v1',
  subject: 'W1000001',
  time: '2026-01-31T09:30:00.000Z',
  datacontenttype: 'application/json',
  data: {},
};

const utf8 = new TextEncoder();
const ROOM_FOR_TEXT = MAX_EVENT_BYTES - serialize({ ...envelope, data: { text: '' } }).length;
const withText = (text: string): Envelope => ({ ...envelope, data: { text } });
const refusal = (large: Envelope): unknown => {
  try {
    return serialize(large);
  } catch (error) {
    return error;
  }
};

describe('serialize', () => {
  test('writes JSON that reads back as it was, beyond ASCII too', () => {
    const original: Envelope = { ...envelope, traceparent: '00-a-b-01', data: { name: 'Zoë 🕯\u2028"\\', list: [1, null, { deep: true }] } };
    expect(envelopeSchema.parse(JSON.parse(serialize(original)))).toEqual(original);
  });

  test('takes exactly 256 KB, the envelope included', () => {
    expect(utf8.encode(serialize(withText('x'.repeat(ROOM_FOR_TEXT))))).toHaveLength(262_144);
  });

  test('refuses one byte more', () => {
    const error = refusal(withText('x'.repeat(ROOM_FOR_TEXT + 1)));
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({
      kind: 'invalid',
      code: 'EVENT_TOO_LARGE',
      details: { type: 'order.placed.v1', bytes: MAX_EVENT_BYTES + 1, maximum: MAX_EVENT_BYTES },
    });
  });

  test.each([
    ['two bytes', 'é', 2],
    ['three bytes', '€', 3],
    ['four bytes, two UTF-16 units', '🕯', 4],
    ['escaped: two bytes', '"', 2],
    ['escaped: six bytes', '\u0000', 6],
  ])('counts bytes on the wire, not characters: %s', (_, character, size) => {
    const fits = Math.floor(ROOM_FOR_TEXT / size);
    expect(utf8.encode(serialize(withText(character.repeat(fits)))).length).toBeGreaterThan(MAX_EVENT_BYTES - size);
    expect(fits + 1).toBeLessThan(ROOM_FOR_TEXT);
    expect(refusal(withText(character.repeat(fits + 1)))).toMatchObject({ code: 'EVENT_TOO_LARGE' });
  });
});

describe('envelopeSchema', () => {
  test.each<[string, object]>([
    ['the least there may be', {}],
    ['a trace context', { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }],
    ['a type of more words and a later version', { type: 'product.price-changed.v12' }],
    ['a type of three parts', { type: 'order.item.returned.v1' }],
    ['whole seconds', { time: '2026-01-31T09:30:00Z' }],
    ['nested data', { data: { a: [{ b: null }], c: 1.5, d: false } }],
    ['the longest id and subject', { id: 'i'.repeat(128), subject: 's'.repeat(256) }],
  ])('accepts %s', (_, change) => {
    expect(envelopeSchema.parse({ ...envelope, ...change })).toEqual({ ...envelope, ...change });
  });

  test('drops attributes it does not know: extensions of others are no reason to refuse', () => {
    expect(envelopeSchema.parse({ ...envelope, dataschema: 'https://example.com' })).toEqual(envelope);
  });

  test.each<[string, object]>([
    ['another version of CloudEvents', { specversion: '0.3' }],
    ['no id', { id: undefined }],
    ['an empty id', { id: '' }],
    ['an id that no inbox would store', { id: 'i'.repeat(129) }],
    ['no source', { source: undefined }],
    ['an empty source', { source: '' }],
    ['no subject', { subject: undefined }],
    ['an empty subject', { subject: '' }],
    ['a subject too long', { subject: 's'.repeat(257) }],
    ['a type without a version', { type: 'order.placed' }],
    ['a type of one word', { type: 'order.v1' }],
    ['a type in capitals', { type: 'Order.Placed.v1' }],
    ['a type with more after its version', { type: 'order.placed.v1.2' }],
    ['a type over two lines', { type: 'order.placed.v1\n' }],
    ['no time', { time: undefined }],
    ['a local time', { time: '2026-01-31T09:30:00' }],
    ['a time with an offset', { time: '2026-01-31T09:30:00+01:00' }],
    ['a day that does not exist', { time: '2026-02-30T09:30:00Z' }],
    ['data that are not JSON', { datacontenttype: 'application/xml' }],
    ['no data', { data: undefined }],
    ['data that are a list', { data: [] }],
    ['data that are text', { data: '{}' }],
    ['a number that JSON cannot write', { data: { a: Number.NaN } }],
    ['a trace context too long', { traceparent: '0'.repeat(65) }],
  ])('refuses %s', (_, change) => {
    const [attribute] = Object.keys(change);
    const { error } = envelopeSchema.safeParse({ ...envelope, ...change });
    expect(error?.issues.map(({ path }) => path[0])).toEqual([attribute]);
  });
});
