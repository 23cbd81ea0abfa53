import { ANONYMOUS, type Caller } from '@supergraph/identity/caller';
import type { Identity } from '@supergraph/identity/identity';
import { type GraphQLOutputType, getNamedType, getNullableType, isLeafType, isListType, isNonNullType } from 'graphql';
import { MEMBERS, schema } from './protected-graph.ts';
import type { Random } from './random.ts';

const MAX_DEPTH = 4;
const COMPOSITES = Object.keys(MEMBERS).filter((name) => name !== 'Query' && name !== 'Mutation');

export interface RandomOperation {
  text: string;
  variables: Record<string, unknown>;
}

/** The type conditions that can be spread where `type` is: the same, wider and narrower ones. */
const conditionsFor = (type: string): string[] =>
  type === 'Query' || type === 'Mutation' ? [type] : COMPOSITES.filter((other) => MEMBERS[other]?.some((member) => MEMBERS[type]?.includes(member)));

/** A random operation in GraphQL's own syntax, valid but for merges that graphql-js may refuse. */
export const randomOperation = (random: Random): RandomOperation => {
  const fragments: { name: string; type: string; text: string }[] = [];
  const used = new Set<string>();

  const directives = (): string => {
    if (!random.chance(0.12)) return '';
    const name = random.of(['skip', 'include']);
    if (random.chance(0.3)) return ` @${name}(if: ${random.chance(0.5)})`;
    const variable = random.of(['yes', 'no', 'byDefault']);
    used.add(variable);
    return ` @${name}(if: $${variable})`;
  };

  const parameters = (name: string): string => {
    if (name === 'label' && random.chance(0.3)) {
      used.add('upper');
      return '(upper: $upper)';
    }
    return '';
  };

  const field = (type: string, depth: number): string => {
    const definitions = Object.values(namedFields(type));
    const choices = depth >= MAX_DEPTH ? definitions.filter((definition) => isLeafType(getNamedType(definition.type))) : definitions;
    if (choices.length === 0 || random.chance(0.1)) return random.of(['__typename', '__typename', 'kind: __typename']);
    const { name, type: returned } = random.of(choices);
    const alias = random.chance(0.25)
      ? `${random.of([`${name}_1`, `${name}_2`, 'x', 'id', 'label', random.chance(0.1) ? '__typename' : 'y'])}: `
      : '';
    const inner = getNamedType(returned);
    return `${alias}${name}${parameters(name)}${directives()}${isLeafType(inner) ? '' : ` ${selections(inner.name, depth + 1)}`}`;
  };

  const fragment = (type: string, depth: number): string => {
    if (random.chance(0.1)) return `...${directives()} ${selections(type, depth + 1)}`;
    const condition = random.of(conditionsFor(type));
    if (random.chance(0.4)) return `... on ${condition}${directives()} ${selections(condition, depth + 1)}`;
    const known = fragments.filter((candidate) => conditionsFor(type).includes(candidate.type));
    if (known.length > 0 && random.chance(0.5)) return `...${random.of(known).name}${directives()}`;
    const text = selections(condition, depth + 1);
    const name = `F${fragments.length}`;
    fragments.push({ name, type: condition, text: `fragment ${name} on ${condition} ${text}` });
    return `...${name}${directives()}`;
  };

  const selections = (type: string, depth: number): string => {
    const items: string[] = [];
    for (let count = 1 + random.below(depth === 0 ? 4 : 3); count > 0; count -= 1)
      items.push(depth < MAX_DEPTH && random.chance(0.35) ? fragment(type, depth) : field(type, depth));
    return `{ ${items.join(' ')} }`;
  };

  const isMutation = random.chance(0.1);
  const body = selections(isMutation ? 'Mutation' : 'Query', 0);
  const declared = { yes: '$yes: Boolean!', no: '$no: Boolean!', byDefault: `$byDefault: Boolean = ${random.chance(0.5)}`, upper: '$upper: Boolean' };
  const variables = Object.entries(declared).flatMap(([name, text]) => (used.has(name) ? [text] : []));
  const head = `${isMutation ? 'mutation' : 'query'} Random${variables.length > 0 ? `(${variables.join(', ')})` : ''}`;
  return {
    text: [`${head} ${body}`, ...fragments.map(({ text }) => text)].join('\n'),
    variables: { yes: true, no: false, ...(random.chance(0.3) ? { byDefault: random.chance(0.5) } : {}) },
  };
};

const namedFields = (type: string) => {
  const named = schema.getType(type);
  return named !== undefined && 'getFields' in named ? (named.getFields() as Record<string, { name: string; type: GraphQLOutputType }>) : {};
};

const CALLERS: readonly Caller[] = [ANONYMOUS, { role: 'customer', userId: '1' }, { role: 'staff', userId: '2' }, { role: 'service', name: 'order' }];

export const randomIdentity = (random: Random): Identity => ({
  caller: random.of(CALLERS),
  scopes: ['a', 'b', 'c', 'admin', 'audit', 'card:read'].filter(() => random.chance(0.4)),
  claims: {},
});

export interface Thing {
  __typename: string;
  [field: string]: unknown;
}

/** A tangle of objects of every type; nullable fields are sometimes null, lists sometimes empty. */
export const randomData = (random: Random): { Query: Thing; Mutation: Thing } => {
  const things = new Map<string, Thing[]>();
  for (const name of Object.keys(MEMBERS))
    if (MEMBERS[name]?.[0] === name)
      things.set(
        name,
        [1, 2, 3].map(() => ({ __typename: name })),
      );
  let serial = 0;
  const leaf = (name: string): unknown => {
    serial += 1;
    if (name === 'Int') return serial;
    if (name === 'Level') return random.of(['LOW', 'HIGH']);
    return `${name} ${serial}`;
  };
  const value = (type: GraphQLOutputType): unknown => {
    if (!isNonNullType(type) && random.chance(0.1)) return null;
    const nullable = getNullableType(type);
    if (isListType(nullable)) return Array.from({ length: random.below(4) }, () => value(nullable.ofType));
    const { name } = getNamedType(type);
    if (isLeafType(getNamedType(type))) return leaf(name);
    return random.of((MEMBERS[name] ?? []).flatMap((member) => things.get(member) ?? []));
  };
  for (const [name, all] of things)
    for (const thing of all) for (const field of Object.values(namedFields(name))) thing[field.name] = value(field.type);
  const root = (name: string): Thing => things.get(name)?.[0] ?? { __typename: name };
  return { Query: root('Query'), Mutation: root('Mutation') };
};
