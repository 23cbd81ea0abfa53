import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** The part of JSON Schema (2020-12, as OpenAPI 3.1 takes it) that answers of operations need. */
export interface JsonSchema {
  type?: string;
  anyOf?: JsonSchema[];
  enum?: string[];
  maxItems?: number;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: false;
  description?: string;
}

const SCALARS: Record<string, string> = { Int: 'integer', Float: 'number', Boolean: 'boolean', String: 'string', ID: 'string' };

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

const leafSchema = (type: GraphQLNamedType): JsonSchema =>
  isEnumType(type) ? { type: 'string', enum: type.getValues().map(({ name }) => name) } : { type: SCALARS[type.name] ?? 'string' };

const typeSchema = (type: GraphQLOutputType, selections: SelectionSetNode[], fragments: Fragments): JsonSchema => {
  if (!isNonNullType(type)) {
    const schema = nonNullSchema(type, selections, fragments);
    return { anyOf: [schema, { type: 'null' }] };
  }
  return nonNullSchema(type.ofType, selections, fragments);
};

const nonNullSchema = (type: GraphQLOutputType, selections: SelectionSetNode[], fragments: Fragments): JsonSchema => {
  if (isListType(type)) return { type: 'array', items: typeSchema(type.ofType, selections, fragments) };
  return isObjectType(type) ? objectSchema(type, selections, fragments) : leafSchema(type as GraphQLNamedType);
};

interface SelectedField {
  name: string;
  always: boolean;
  selections: SelectionSetNode[];
}

/** The fields of a selection set with fragments taken in, and whether each is there whatever the variables are. */
const expand = ({ selections }: SelectionSetNode, fragments: Fragments, always = true): { field: FieldNode; always: boolean }[] =>
  selections.flatMap((selection) => {
    const surely = always && (selection.directives ?? []).length === 0;
    if (selection.kind === Kind.FIELD) return [{ field: selection, always: surely }];
    const inside = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    return inside === undefined ? [] : expand(inside.selectionSet, fragments, surely);
  });

/** The fields of selection sets by their answer's key; a field selected twice is one field. */
const fieldsOf = (selections: readonly SelectionSetNode[], fragments: Fragments): ReadonlyMap<string, SelectedField> => {
  const found = new Map<string, SelectedField>();
  for (const { field, always } of selections.flatMap((set) => expand(set, fragments))) {
    const key = field.alias?.value ?? field.name.value;
    const known = found.get(key) ?? { name: field.name.value, always: false, selections: [] };
    const inside = field.selectionSet === undefined ? [] : [field.selectionSet];
    found.set(key, { name: known.name, always: known.always || always, selections: [...known.selections, ...inside] });
  }
  return found;
};

const objectSchema = (type: GraphQLObjectType, selections: SelectionSetNode[], fragments: Fragments): JsonSchema => {
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const [key, field] of fieldsOf(selections, fragments)) {
    const definition = type.getFields()[field.name];
    if (definition === undefined) throw new Error(`${type.name}.${field.name} is not in the schema`);
    const schema = typeSchema(definition.type, field.selections, fragments);
    properties[key] = definition.description ? { description: definition.description, ...schema } : schema;
    if (field.always) required.push(key);
  }
  return { type: 'object', additionalProperties: false, required, properties };
};

/**
 * What an operation answers, as a JSON Schema: for OpenAPI documents whose bodies are the data of an operation.
 * Fields under @include or @skip are optional. Types without interfaces and unions only: this graph has none.
 */
export const responseSchemaOf = (schema: GraphQLSchema, document: DocumentNode): JsonSchema => {
  const operation = document.definitions.find((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('The document has no operation');
  const root = schema.getRootType(operation.operation);
  if (!root) throw new Error(`The schema has no ${operation.operation}`);
  const fragments = new Map(
    document.definitions
      .filter((node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION)
      .map((node) => [node.name.value, node]),
  );
  return objectSchema(root, [operation.selectionSet], fragments);
};
