import { type AsyncAPIDocumentInterface, Parser } from '@asyncapi/parser';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type AsyncApiDocument, asyncApiDocument } from './asyncapi.ts';
import { categoryDeleted } from './category.ts';
import { cancelOrderCommand } from './order.ts';
import { CONTRACTS } from './registry.ts';
import { SAMPLES } from './samples.ts';
import { SUBSCRIPTIONS } from './subscriptions.ts';

const ERROR = 0;

const parse = async (document: AsyncApiDocument): Promise<{ errors: string[]; parsed: AsyncAPIDocumentInterface | undefined }> => {
  const { diagnostics, document: parsed } = await new Parser().parse(JSON.stringify(document));
  return { errors: diagnostics.filter(({ severity }) => severity === ERROR).map(({ message }) => message), parsed };
};

/** A copy with one thing broken. */
const broken = (change: (document: AsyncApiDocument) => void): AsyncApiDocument => {
  const copy = structuredClone(asyncApiDocument());
  change(copy);
  return copy;
};

describe('the AsyncAPI document', () => {
  test('is valid', async () => {
    expect((await parse(asyncApiDocument())).errors).toEqual([]);
  });

  test('is checked by a parser that sees mistakes', async () => {
    const strayChannel = broken(({ operations }) =>
      Object.assign(operations['order.send.order.paid.v1'] ?? {}, { channel: { $ref: '#/channels/x' } }),
    );
    const strayType = broken(({ components }) => Object.assign(components.messages['order.paid.v1'] ?? {}, { payload: { type: 'text' } }));
    expect((await parse(strayChannel)).errors).toContain("'#/channels/x' does not exist");
    expect((await parse(strayType)).errors).not.toEqual([]);
  });

  test('has a channel for every contract, at its type, and who sends and receives on it', async () => {
    const { parsed } = await parse(asyncApiDocument());
    const channels = parsed?.channels().all() ?? [];
    expect(channels.map((channel) => channel.address())).toEqual(CONTRACTS.map(({ type }) => type));
    for (const contract of CONTRACTS) {
      const operations = parsed
        ?.operations()
        .all()
        .filter((operation) =>
          operation
            .channels()
            .all()
            .some((channel) => channel.address() === contract.type),
        );
      const groups = Object.keys(SUBSCRIPTIONS).filter((group) => SUBSCRIPTIONS[group]?.includes(contract.type));
      expect(
        operations?.map((operation) => [
          operation.action(),
          operation
            .tags()
            .all()
            .map((tag) => tag.name()),
        ]),
      ).toEqual([['send', [contract.source]], ...groups.map((group) => ['receive', [group]])]);
    }
  });

  test('has nothing else', () => {
    const { channels, operations, components } = asyncApiDocument([categoryDeleted, cancelOrderCommand], {
      order: [cancelOrderCommand.type, 'no.such-type.v1'],
    });
    const types = ['category.deleted.v1', 'order.cancel.v1'];
    expect([Object.keys(channels), Object.keys(components.messages), Object.keys(components.schemas)]).toEqual([types, types, ['Envelope']]);
    expect(Object.keys(operations)).toEqual(['category.send.category.deleted.v1', 'rest.send.order.cancel.v1', 'order.receive.order.cancel.v1']);
  });

  test('reads well: titles by kind, the size limit, the version', () => {
    const { info, channels, components } = asyncApiDocument();
    expect(channels['product.price-changed.v1']?.title).toBe('Product price changed');
    expect(channels['order.cancel.v1']?.title).toBe('Cancel order');
    expect(info.version).toBe('1.0.0');
    expect(info.description).toContain('at most 262144 bytes');
    expect(components.schemas['Envelope']).toMatchObject({ 'x-maximum-bytes': 262_144 });
  });

  test('is the same every time', () => {
    expect(JSON.stringify(asyncApiDocument())).toBe(JSON.stringify(asyncApiDocument()));
  });
});

describe('the payload schemas', async () => {
  const { parsed } = await parse(asyncApiDocument());
  /** What a consumer without our code would check by. */
  const schemaOf = (type: string): z.ZodType => {
    const payload = parsed?.components().messages().get(type)?.payload()?.json();
    return z.fromJSONSchema(payload as Parameters<typeof z.fromJSONSchema>[0], { defaultTarget: 'draft-7' });
  };

  test.each(SAMPLES)('accept the example of $type, also with fields that a later publisher adds', (sample) => {
    expect(
      parsed
        ?.components()
        .messages()
        .get(sample.type)
        ?.examples()
        .all()
        .map((example) => example.payload()),
    ).toEqual([sample]);
    expect(schemaOf(sample.type).safeParse(sample).error).toBeUndefined();
    expect(schemaOf(sample.type).safeParse({ ...sample, extension: 'x', data: { ...sample.data, addedLater: 1 } }).error).toBeUndefined();
  });

  test.each(SAMPLES)('refuse what is not $type: another type, another source, a field missing, a local time', (sample) => {
    const [field = ''] = Object.keys(sample.data);
    const changes = [
      { type: 'order.other.v1' },
      { source: 'router' },
      { data: { ...sample.data, [field]: undefined } },
      { time: '2026-01-31T09:30:00+01:00' },
      { subject: undefined },
    ];
    const accepted = changes.filter((change) => schemaOf(sample.type).safeParse(JSON.parse(JSON.stringify({ ...sample, ...change }))).success);
    expect(accepted).toEqual([]);
  });
});
