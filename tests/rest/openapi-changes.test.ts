import { describe, expect, test } from 'vitest';
import { breakingChanges, isNewMajor, type OpenApiDocument } from './openapi-changes.ts';

const schemas = () => ({
  Lamp: {
    type: 'object',
    required: ['sku', 'price'],
    properties: {
      sku: { type: 'string' },
      price: { type: 'integer' },
      state: { type: 'string', enum: ['ON', 'OFF'] },
      room: { type: 'string', format: 'uuid' },
    },
  },
  NewLamp: {
    type: 'object',
    required: ['sku'],
    additionalProperties: false,
    properties: { sku: { type: 'string' }, name: { type: 'string', maxLength: 10 }, state: { type: 'string', enum: ['ON', 'OFF'] } },
  },
});

const lamp = { $ref: '#/components/schemas/Lamp' };
const document = () => ({
  openapi: '3.1.0',
  info: { title: 'Lamps', version: '1.0.0' },
  components: { schemas: schemas() },
  paths: {
    '/lamps': {
      get: {
        parameters: [{ name: 'first', in: 'query', required: false, schema: { type: 'integer' } }],
        responses: {
          200: { description: 'Lamps', headers: { etag: { schema: { type: 'string' } } }, content: { 'application/hal+json': { schema: lamp } } },
        },
      },
      post: {
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/NewLamp' } } } },
        responses: { 201: { description: 'Made', content: { 'application/hal+json': { schema: lamp } } } },
      },
    },
  } as Record<string, Record<string, Record<string, unknown>>>,
});

type Draft = ReturnType<typeof document>;
const changed = (change: (draft: Draft) => unknown): OpenApiDocument => {
  const draft = document();
  change(draft);
  return draft;
};
const schemaOf = (draft: Draft, name: 'Lamp' | 'NewLamp') =>
  draft.components.schemas[name] as { required: string[]; properties: Record<string, Record<string, unknown>> };
const getLamps = (draft: Draft) =>
  draft.paths['/lamps']?.['get'] as { parameters: unknown[]; responses: Record<number, { content: Record<string, unknown> }> };

describe('what breaks a client of the document', () => {
  test.each<[string, (draft: Draft) => unknown]>([
    ['a path that is gone', ({ paths }) => delete paths['/lamps']],
    ['a method that is gone', ({ paths }) => delete paths['/lamps']?.['post']],
    ['another media type', (draft) => (getLamps(draft).responses = { 200: { content: { 'application/json': { schema: lamp } } } })],
    ['a status that is gone', (draft) => (getLamps(draft).responses = {})],
    ['a property that is no longer answered', (draft) => delete schemaOf(draft, 'Lamp').properties['price']],
    ['a property that is no longer answered, though it was optional', (draft) => delete schemaOf(draft, 'Lamp').properties['room']],
    ['a header that is no longer answered', (draft) => ((getLamps(draft).responses[200] as { headers?: unknown }).headers = {})],
    ['a property that may be left out now', (draft) => (schemaOf(draft, 'Lamp').required = ['sku'])],
    ['another type of an answer', (draft) => (schemaOf(draft, 'Lamp').properties['price'] = { type: 'string' })],
    ['another format of an answer', (draft) => (schemaOf(draft, 'Lamp').properties['room'] = { type: 'string', format: 'uri' })],
    ['an answer that may be null now, in one list of types', (draft) => (schemaOf(draft, 'Lamp').properties['sku'] = { type: ['string', 'null'] })],
    ['an answer that may be null now', (draft) => (schemaOf(draft, 'Lamp').properties['price'] = { anyOf: [{ type: 'integer' }, { type: 'null' }] })],
    [
      'a value nobody knows yet in an answer',
      (draft) => (schemaOf(draft, 'Lamp').properties['state'] = { type: 'string', enum: ['ON', 'OFF', 'DIM'] }),
    ],
    ['a property that must be sent now', (draft) => schemaOf(draft, 'NewLamp').required.push('name')],
    ['a property that may not be sent any more', (draft) => delete schemaOf(draft, 'NewLamp').properties['name']],
    ['a tighter limit', (draft) => (schemaOf(draft, 'NewLamp').properties['name'] = { type: 'string', maxLength: 5 })],
    ['a value that may not be sent any more', (draft) => (schemaOf(draft, 'NewLamp').properties['state'] = { type: 'string', enum: ['ON'] })],
    ['a parameter that is gone', (draft) => (getLamps(draft).parameters = [])],
    ['a parameter that is demanded', (draft) => getLamps(draft).parameters.push({ name: 'room', in: 'query', required: true, schema: {} })],
  ])('%s', (_what, change) => {
    expect(breakingChanges(document(), changed(change))).not.toEqual([]);
  });

  test.each<[string, (draft: Draft) => unknown]>([
    ['nothing', () => undefined],
    ['words', ({ info }) => (info.title = 'All lamps')],
    ['a new path', ({ paths }) => (paths['/rooms'] = { get: { responses: { 200: { description: 'Rooms' } } } })],
    ['a new property of an answer', (draft) => (schemaOf(draft, 'Lamp').properties['name'] = { type: 'string' })],
    ['a property that is always answered now', (draft) => schemaOf(draft, 'Lamp').required.push('state')],
    ['a value that is no longer answered', (draft) => (schemaOf(draft, 'Lamp').properties['state'] = { type: 'string', enum: ['ON'] })],
    ['a wider type that may be sent', (draft) => (schemaOf(draft, 'NewLamp').properties['sku'] = { type: ['string', 'null'] })],
    ['a property that may be sent', (draft) => (schemaOf(draft, 'NewLamp').properties['shade'] = { type: 'string' })],
    ['a property that may be left out', (draft) => (schemaOf(draft, 'NewLamp').required = [])],
    ['a parameter that may be given', (draft) => getLamps(draft).parameters.push({ name: 'room', in: 'query', schema: { type: 'string' } })],
  ])('not %s', (_what, change) => {
    expect(breakingChanges(document(), changed(change))).toEqual([]);
  });

  test('a new major version is told from a new minor one', () => {
    const [minor, major] = ['1.1.0', '2.0.0'].map((version) => changed(({ info }) => (info.version = version)));
    expect([isNewMajor(document(), minor as OpenApiDocument), isNewMajor(document(), major as OpenApiDocument)]).toEqual([false, true]);
  });
});
