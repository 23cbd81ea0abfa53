import type { StringValueNode } from 'graphql';
import {
  argumentsOf,
  directiveOf,
  enumsOf,
  fieldsOf,
  inputsOf,
  isEntity,
  isNonNull,
  itemType,
  keyNames,
  type LintRule,
  type LintSubject,
  namedType,
  ROOTS,
  textArgument,
  typesOf,
  type Violation,
} from './lint-subject.ts';

type Described = { description?: StringValueNode | undefined };

const undescribed = (coordinate: string, node: Violation['node'] & Described): Violation[] =>
  node.description === undefined ? [{ coordinate, node, message: `${coordinate} has no description` }] : [];

const mutations = (subject: LintSubject) => fieldsOf(subject).filter(({ type }) => type.name.value === 'Mutation');
const connections = (subject: LintSubject) => fieldsOf(subject).filter(({ field }) => namedType(field.type).endsWith('Connection'));
const isPage = (type: string): boolean => /(Connection|Edge)$/.test(type);

const entitiesOf = (subject: LintSubject): ReadonlySet<string> =>
  new Set(
    typesOf(subject)
      .filter(isEntity)
      .map(({ name }) => name.value),
  );

/** What a schema says and promises. */
export const DESIGN_RULES: Readonly<Record<string, LintRule>> = {
  DESCRIPTION_MISSING: {
    severity: 'error',
    advice: 'say what it means: descriptions are the API documentation',
    find: (subject) => [
      ...typesOf(subject).flatMap((type) =>
        ROOTS.has(type.name.value) || type.kind.endsWith('Extension') ? [] : undescribed(type.name.value, type as typeof type & Described),
      ),
      ...fieldsOf(subject).flatMap(({ field, coordinate }) => (directiveOf(field, 'external') === undefined ? undescribed(coordinate, field) : [])),
      ...argumentsOf(subject).flatMap(({ argument, coordinate }) => (argument.name.value === 'input' ? [] : undescribed(coordinate, argument))),
      ...inputsOf(subject).flatMap((type) => (type.fields ?? []).flatMap((field) => undescribed(`${type.name.value}.${field.name.value}`, field))),
      ...enumsOf(subject).flatMap((type) => (type.values ?? []).flatMap((value) => undescribed(`${type.name.value}.${value.name.value}`, value))),
    ],
  },
  DEPRECATION_REASON: {
    severity: 'error',
    advice: 'say what to use instead, and until when: @deprecated(reason: "use total, gone after 2027-03")',
    find: (subject) => {
      const elements = [
        ...fieldsOf(subject).map(({ field, coordinate }) => ({ node: field, coordinate })),
        ...argumentsOf(subject).map(({ argument, coordinate }) => ({ node: argument, coordinate })),
        ...enumsOf(subject).flatMap((type) => (type.values ?? []).map((node) => ({ node, coordinate: `${type.name.value}.${node.name.value}` }))),
      ];
      return elements.flatMap(({ node, coordinate }) => {
        const deprecated = directiveOf(node, 'deprecated');
        return deprecated === undefined || (textArgument(deprecated, 'reason') ?? '').trim().length >= 5
          ? []
          : [{ coordinate, node: deprecated, message: `${coordinate} is deprecated without a reason` }];
      });
    },
  },
  LIST_PAGINATION: {
    severity: 'warning',
    advice: 'return a connection with first and after',
    find: (subject) => {
      const entities = entitiesOf(subject);
      return fieldsOf(subject).flatMap(({ type, field, coordinate }) =>
        itemType(field.type) !== undefined && entities.has(namedType(field.type)) && !isPage(type.name.value) && !/Payload$/.test(type.name.value)
          ? [{ coordinate, node: field, message: `${coordinate} returns all its ${namedType(field.type)} at once` }]
          : [],
      );
    },
  },
  CONNECTION_ARGUMENTS: {
    severity: 'error',
    advice: 'add first: Int = 20 and after: String',
    find: (subject) =>
      connections(subject).flatMap(({ field, coordinate }) => {
        const names = (field.arguments ?? []).map(({ name }) => name.value);
        const isPaged = (names.includes('first') && names.includes('after')) || (names.includes('last') && names.includes('before'));
        return isPaged ? [] : [{ coordinate, node: field, message: `${coordinate} returns a connection that cannot be paged` }];
      }),
  },
  CONNECTION_SHAPE: {
    severity: 'error',
    advice: 'follow https://relay.dev/graphql/connections.htm',
    find: (subject) =>
      typesOf(subject).flatMap((type) => {
        if (!type.name.value.endsWith('Connection') || !('fields' in type)) return [];
        const names = (type.fields ?? []).map(({ name }) => name.value);
        const missing = ['edges', 'pageInfo'].filter((name) => !names.includes(name));
        return missing.length === 0
          ? []
          : [{ coordinate: type.name.value, node: type.name, message: `${type.name.value} has no ${missing.join(' and ')}` }];
      }),
  },
  LIST_ITEM_NULLABLE: {
    severity: 'warning',
    advice: 'write [Item!]',
    find: (subject) =>
      fieldsOf(subject).flatMap(({ field, coordinate }) => {
        const item = itemType(field.type);
        return item === undefined || isNonNull(item) ? [] : [{ coordinate, node: field.type, message: `items of ${coordinate} may be null` }];
      }),
  },
  NULLABLE_AT_BORDER: {
    severity: 'error',
    advice: 'make it nullable',
    find: (subject) =>
      fieldsOf(subject).flatMap(({ type, field, coordinate }) => {
        const owner = subject.ownerOf.get(type.name.value);
        const isOurs = owner === undefined || owner === subject.subgraph || keyNames(type).has(field.name.value);
        return isOurs || !isNonNull(field.type) || directiveOf(field, 'external') !== undefined
          ? []
          : [
              {
                coordinate,
                node: field,
                message: `${coordinate} is non-null, but ${owner} owns ${type.name.value}: while ${subject.subgraph} is down, the whole object is null`,
              },
            ];
      }),
  },
  ROOT_NULLABLE: {
    severity: 'warning',
    advice: 'make it nullable: one subgraph that is down then empties one field, not the whole response',
    find: (subject) =>
      fieldsOf(subject).flatMap(({ type, field, coordinate }) =>
        ROOTS.has(type.name.value) && type.name.value !== 'Subscription' && isNonNull(field.type)
          ? [{ coordinate, node: field, message: `${coordinate} is non-null: when it fails, data is null` }]
          : [],
      ),
  },
  MUTATION_INPUT: {
    severity: 'error',
    advice: 'take one argument, input: PlaceOrderInput!',
    find: (subject) =>
      mutations(subject).flatMap(({ field, coordinate }) => {
        const [argument, ...others] = field.arguments ?? [];
        const isOne = argument === undefined || (others.length === 0 && argument.name.value === 'input' && isNonNull(argument.type));
        return isOne ? [] : [{ coordinate, node: field, message: `${coordinate} takes something else than one input` }];
      }),
  },
  MUTATION_PAYLOAD: {
    severity: 'error',
    advice: 'return a type of its own, PlaceOrderPayload',
    find: (subject) =>
      mutations(subject).flatMap(({ field, coordinate }) =>
        /(Payload|Result)$/.test(namedType(field.type))
          ? []
          : [{ coordinate, node: field, message: `${coordinate} returns ${namedType(field.type)}, which cannot grow` }],
      ),
  },
  ID_TYPE: {
    severity: 'error',
    advice: 'write id: ID!',
    find: (subject) =>
      fieldsOf(subject).flatMap(({ type, field, coordinate }) =>
        isEntity(type) && field.name.value === 'id' && (namedType(field.type) !== 'ID' || !isNonNull(field.type))
          ? [{ coordinate, node: field, message: `${coordinate} is not ID!` }]
          : [],
      ),
  },
};
