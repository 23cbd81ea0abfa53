import { StartupError } from '@supergraph/service/startup-error';
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type TypeNode,
  type ValueNode,
} from 'graphql';
import { readLinkedFeatures } from '../authorization/linked-features.ts';

/** The specification of `@fromEvents`, without its version. */
export const EVENTS_SPECIFICATION = 'https://supergraph.local/events';

/** A field of Subscription that events lead to. */
export interface EventField {
  /** CloudEvents types that concern it. */
  types: readonly string[];
  /** The argument that the event's subject must equal; every event of the types when left out. */
  subject: string | undefined;
  /** The key of the entity, which is the event's subject. */
  key: string;
  /** The field's type: an object, or an interface that is an entity itself. */
  typeName: string;
  isNumericKey: boolean;
}

/** By the field's name. */
export type EventFields = ReadonlyMap<string, EventField>;

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

const malformed = (field: string, what: string): StartupError =>
  new StartupError(`@fromEvents on Subscription.${field}: ${what}`, 'mend the directive in its subgraph, and compose again');

const argumentOf = ({ arguments: given = [] }: ConstDirectiveNode, name: string): ValueNode | undefined =>
  given.find((argument) => argument.name.value === name)?.value;

const textOf = (value: ValueNode | undefined): string | undefined =>
  value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;

const listOf = (value: ValueNode | undefined): string[] => (value?.kind === Kind.LIST ? value.values : [value]).flatMap((item) => textOf(item) ?? []);

const unwrapped = (type: TypeNode): TypeNode => (type.kind === Kind.NON_NULL_TYPE ? type.type : type);

const namedTypeOf = (type: TypeNode): string | undefined => {
  const named = unwrapped(type);
  return named.kind === Kind.NAMED_TYPE ? named.name.value : undefined;
};

const directiveName = (supergraph: DocumentNode): string | undefined => {
  const feature = readLinkedFeatures(supergraph).find(({ identity }) => identity === EVENTS_SPECIFICATION);
  if (feature === undefined) return undefined;
  return [...feature.imports].find(([, name]) => name === 'fromEvents')?.[0] ?? `${feature.name}__fromEvents`;
};

const typesOf = (supergraph: DocumentNode): ReadonlyMap<string, Composite> =>
  new Map(
    supergraph.definitions.flatMap((node) =>
      node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  );

const graphsIn = ({ directives = [] }: { directives?: readonly ConstDirectiveNode[] | undefined }, directive: string): Set<string> =>
  new Set(directives.flatMap((node) => (node.name.value === directive ? (textOf(argumentOf(node, 'graph')) ?? []) : [])));

/** The subgraphs that the field is of: where nothing is said, those of its type. */
const ownersOf = (root: Composite, field: FieldDefinitionNode): Set<string> => {
  const own = graphsIn(field, 'join__field');
  return own.size > 0 ? own : graphsIn(root, 'join__type');
};

const hasKey = ({ directives = [] }: Composite, key: string, graphs: ReadonlySet<string>): boolean =>
  directives.some(
    (node) =>
      node.name.value === 'join__type' &&
      textOf(argumentOf(node, 'key')) === key &&
      graphs.has(textOf(argumentOf(node, 'graph')) ?? '') &&
      !(argumentOf(node, 'resolvable')?.kind === Kind.BOOLEAN && (argumentOf(node, 'resolvable') as { value: boolean }).value === false),
  );

const readField = (types: ReadonlyMap<string, Composite>, root: Composite, field: FieldDefinitionNode, node: ConstDirectiveNode): EventField => {
  const name = field.name.value;
  const eventTypes = listOf(argumentOf(node, 'types'));
  if (eventTypes.length === 0) throw malformed(name, 'expected at least one event type');
  const typeName = namedTypeOf(field.type) ?? '';
  const entity = types.get(typeName);
  if (entity === undefined) throw malformed(name, 'expected a field of one object or interface: an event leads to one entity');
  const key = textOf(argumentOf(node, 'key')) ?? '';
  if (!hasKey(entity, key, ownersOf(root, field))) throw malformed(name, `"${key}" is no @key of ${typeName} in the subgraph that has the field`);
  const subject = textOf(argumentOf(node, 'subject'));
  const argument = field.arguments?.find((candidate) => candidate.name.value === subject);
  if (subject !== undefined && argument?.type.kind !== Kind.NON_NULL_TYPE)
    throw malformed(name, `expected its subject "${subject}" to be an argument of the field that must be given`);
  const keyField = entity.fields?.find((candidate) => candidate.name.value === key);
  return { types: eventTypes, subject, key, typeName, isNumericKey: keyField !== undefined && namedTypeOf(keyField.type) === 'Int' };
};

/**
 * What `@fromEvents(types:, key:, subject:)` says in a supergraph that links it.
 * @throws StartupError when one cannot be served: its key is none, or its subject no argument.
 */
export const readEventFields = (supergraph: DocumentNode): EventFields => {
  const directive = directiveName(supergraph);
  const types = typesOf(supergraph);
  const root = types.get('Subscription');
  const fields = new Map<string, EventField>();
  if (directive === undefined || root === undefined) return fields;
  for (const field of root.fields ?? []) {
    const node = field.directives?.find(({ name }) => name.value === directive);
    if (node !== undefined) fields.set(field.name.value, readField(types, root, field, node));
  }
  return fields;
};
