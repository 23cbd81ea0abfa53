import { readdirSync, readFileSync } from 'node:fs';
import { CloudEvent, HTTP } from 'cloudevents';
import { describe, expect, test } from 'vitest';
import * as category from './category.ts';
import { type Contract, toEnvelope } from './contract.ts';
import { type Envelope, envelopeSchema, serialize } from './envelope.ts';
import * as order from './order.ts';
import * as payment from './payment.ts';
import { CONTRACTS, PUBLIC_EVENT_TYPES } from './registry.ts';
import { SAMPLES } from './samples.ts';
import { SUBSCRIPTIONS } from './subscriptions.ts';
import * as user from './user.ts';
import * as webhooks from './webhooks.ts';

/** Who may publish and consume: the rooms of the house that have a database, and so an outbox and an inbox. */
const ROOMS = ['rest', 'webhooks', ...readdirSync(new URL('../../../subgraphs', import.meta.url))];

const types = CONTRACTS.map(({ type }) => type);
const duplicates = (values: readonly string[]): string[] => values.filter((value, index) => values.indexOf(value) !== index);
const groupsOf = (type: string): string[] => Object.keys(SUBSCRIPTIONS).filter((group) => SUBSCRIPTIONS[group]?.includes(type));

describe('the registry', () => {
  test('has every contract that a publisher exports', () => {
    const exported: Contract[] = [category, order, payment, user, webhooks].flatMap((publisher) => Object.values<Contract>(publisher));
    expect(exported.length).toBeGreaterThan(10);
    expect(types.toSorted()).toEqual(exported.map(({ type }) => type).sort());
  });

  test('has every type once, and every sample', () => {
    expect(duplicates(types)).toEqual([]);
    expect(SAMPLES.map(({ type }) => type)).toEqual(types);
    expect(duplicates(SAMPLES.map(({ id }) => id))).toEqual([]);
  });

  test.each(CONTRACTS)('$type is well formed, versioned, from a room, and says what its subject is', ({ type, source, description }) => {
    expect(type).toMatch(/^[a-z]+(\.[a-z]+(-[a-z]+)*)+\.v[1-9]\d*$/);
    expect(envelopeSchema.shape.type.safeParse(type).success).toBe(true);
    expect(ROOMS).toContain(source);
    expect(description).toMatch(/^[A-Z].+\. Subject: .+\.$/);
  });

  test('events are in the past tense, commands are not', () => {
    const verbs = (kind: Contract['kind']): string[] =>
      CONTRACTS.filter((contract) => contract.kind === kind).map(({ type }) => type.split('.').at(-2) ?? '');
    expect(verbs('event').filter((verb) => !/(ed|paid|signed-up)$/.test(verb))).toEqual([]);
    expect(verbs('command').filter((verb) => /(ed|paid)$/.test(verb))).toEqual([]);
  });
});

test('the card tells every type with its publisher, and no other', () => {
  const card = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = [...card.matchAll(/^\| (`.+`) \| (\w+) \|/gm)] as unknown as [string, string, string][];
  const told = rows.flatMap(([, cell, publisher]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, type]) => `${type} ${publisher}`));
  expect(told.sort()).toEqual(CONTRACTS.map(({ type, source }) => `${type} ${source}`).sort());
});

describe('the subscriptions', () => {
  test.each(Object.entries(SUBSCRIPTIONS))('%s is a room and subscribes to types that exist, each once', (group, subscribed) => {
    expect(ROOMS).toContain(group);
    expect(subscribed.filter((type) => !types.includes(type))).toEqual([]);
    expect(duplicates(subscribed)).toEqual([]);
  });

  test('what rooms only tell each other does not leave the house, nor does a command', () => {
    const kept = types.filter((type) => !PUBLIC_EVENT_TYPES.includes(type));
    expect(kept.toSorted()).toEqual(['order.cancel.v1', 'order.command-finished.v1', 'order.pay.v1', 'order.ship.v1']);
    expect(SUBSCRIPTIONS['webhooks']).toEqual(PUBLIC_EVENT_TYPES);
  });

  test('every command has exactly one group that carries it out', () => {
    const commands = CONTRACTS.filter(({ kind }) => kind === 'command');
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.filter(({ type }) => groupsOf(type).length !== 1)).toEqual([]);
  });
});

const contractOf = (type: string): Contract => CONTRACTS.find((contract) => contract.type === type) as Contract;

describe.each(SAMPLES)('a sample of $type', (sample) => {
  const { type, data } = sample;
  const onTheWire = serialize(sample);

  test('comes back from the wire as it was: its envelope, and its data by its contract', () => {
    const received = envelopeSchema.parse(JSON.parse(onTheWire));
    expect(received).toEqual(sample);
    expect(received.source).toBe(contractOf(type).source);
    expect(contractOf(type).data.parse(received.data)).toEqual(data);
  });

  test('is a CloudEvent to the library of its makers', () => {
    const received = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents+json' }, body: onTheWire });
    expect(received).toBeInstanceOf(CloudEvent);
    expect((received as CloudEvent).validate()).toBe(true);
    expect(JSON.parse(JSON.stringify(received))).toEqual(sample);
  });

  test('is refused without any one of its fields, and read when a later publisher adds one', () => {
    const { data: schema } = contractOf(type);
    for (const field of Object.keys(data)) expect(schema.safeParse({ ...data, [field]: undefined }).success, field).toBe(false);
    expect(schema.parse({ ...data, addedLater: 1 })).toEqual(data);
  });
});

describe('the contracts refuse', () => {
  const dataOf = (type: string): Envelope['data'] => SAMPLES.find((sample) => sample.type === type)?.data as Envelope['data'];

  test.each<[string, string, object]>([
    ['money in fractions of a penny', 'product.created.v1', { price: { amount: 3.75, currency: 'GBP' } }],
    ['money as text', 'payment.settled.v1', { amount: { amount: '375', currency: 'GBP' } }],
    ['a currency that is none', 'order.paid.v1', { total: { amount: 375, currency: 'POUND' } }],
    ['half an item', 'order.placed.v1', { items: [{ sku: '71053', quantity: 0.5, unitPrice: { amount: 1, currency: 'GBP' } }] }],
    ['a role nobody has', 'user.updated.v1', { role: 'ROOT' }],
    ['a command on nobody’s behalf', 'order.cancel.v1', { actor: null }],
    ['a version that no order has', 'order.ship.v1', { expectedVersion: 0 }],
    ['a refusal without its reason', 'order.command-finished.v1', { error: { code: 'ORDER_NOT_FOUND' } }],
    ['an anonymous actor', 'order.pay.v1', { actor: { role: 'anonymous', userId: 'u1' } }],
  ])('%s', (_, type, change) => {
    expect(contractOf(type).data.safeParse(dataOf(type)).success).toBe(true);
    expect(contractOf(type).data.safeParse({ ...dataOf(type), ...change }).success).toBe(false);
  });
});

describe('toEnvelope', () => {
  const occurrence = { id: 'e1', subject: 'c1', time: new Date('2026-01-31T10:30:00+01:00'), data: { id: 'c1', slug: 'lamps' } };

  test('takes type and source from the contract, and tells the time in UTC', () => {
    expect(toEnvelope(category.categoryDeleted, occurrence)).toEqual({
      specversion: '1.0',
      id: 'e1',
      source: 'category',
      type: 'category.deleted.v1',
      subject: 'c1',
      time: '2026-01-31T09:30:00.000Z',
      datacontenttype: 'application/json',
      data: { id: 'c1', slug: 'lamps' },
    });
  });

  test('leaves the trace context out when there is none: CloudEvents knows no undefined attribute', () => {
    expect(Object.keys(toEnvelope(category.categoryDeleted, { ...occurrence, traceparent: undefined }))).not.toContain('traceparent');
    expect(toEnvelope(category.categoryDeleted, { ...occurrence, traceparent: '00-a-b-01' }).traceparent).toBe('00-a-b-01');
  });
});
