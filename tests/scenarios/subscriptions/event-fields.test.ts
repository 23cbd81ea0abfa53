import { readFileSync } from 'node:fs';
import { PUBLIC_EVENT_TYPES } from '@supergraph/events/registry';
import { Kind, parse, valueFromASTUntyped } from 'graphql';
import { expect, test } from 'vitest';
import { ROOT } from '../../world.ts';

/** The fields of Subscription, each with what `@fromEvents` says. */
const eventFields = (): { name: string; types: string[]; key: string }[] => {
  const { definitions } = parse(readFileSync(`${ROOT}supergraph.graphql`, 'utf8'));
  const root = definitions.find((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION && node.name.value === 'Subscription');
  const fields = root?.kind === Kind.OBJECT_TYPE_DEFINITION ? (root.fields ?? []) : [];
  return fields.map(({ name, directives = [] }) => {
    const said = directives.find((directive) => directive.name.value === 'fromEvents')?.arguments ?? [];
    return { name: name.value, ...Object.fromEntries(said.map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)])) } as never;
  });
};

test('every field of Subscription is made from events that are published, and that outsiders may know of', () => {
  const fields = eventFields();
  expect(fields.map(({ name }) => name).sort()).toEqual(['orderPlaced', 'orderStatusChanged', 'productPriceChanged']);
  for (const { name, types } of fields) for (const type of types) expect(PUBLIC_EVENT_TYPES, `${name}: ${type}`).toContain(type);
});
