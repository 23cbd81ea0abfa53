import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';

/** What a value may be, read from its type once. */
export interface ValueShape {
  /** The type of a value that is there. */
  type: GraphQLOutputType;
  /** It must not be null. */
  isRequired: boolean;
  /** Of a list's items; undefined for what is no list. */
  items: ValueShape | undefined;
  /** Of objects: their type, as far as it is known from where they stand. */
  declared: GraphQLCompositeType | undefined;
  /** Of leaves. */
  allows: ((value: unknown) => boolean) | undefined;
}

/** A field of the answer: every place in the document that asks for it, put together. */
export interface FieldShape {
  /** The client's name for it. */
  name: string;
  /** The name under which it was fetched. */
  source: string;
  fieldName: string;
  shape: ValueShape;
  nodes: readonly FieldNode[];
  /** What is asked for below, once an object's type is known; undefined for a leaf. */
  below: ObjectShapes | undefined;
}

/** The fields asked for of an object of each type; of one whose own type nobody told, what is asked for of its interface. */
export interface ObjectShapes {
  of(type: GraphQLCompositeType): readonly FieldShape[];
}

export interface ShapeSource {
  schema: GraphQLSchema;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** What the variables of `@skip` and `@include` are in this request. */
  isTrue: (variable: string) => boolean;
  /** Under which name a field is fetched. */
  sourceOf: (field: FieldNode) => string;
}

/** What JSON can carry of the scalars that the specification defines; what it cannot check, it lets pass. */
const SCALARS: Readonly<Record<string, (value: unknown) => boolean>> = {
  Int: (value) => Number.isInteger(value) && Math.abs(value as number) <= 2_147_483_648,
  Float: (value) => typeof value === 'number',
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  ID: (value) => typeof value === 'string' || Number.isInteger(value),
};

const allowedBy = (type: GraphQLOutputType): ValueShape['allows'] => {
  if (isEnumType(type)) return (value) => typeof value === 'string' && type.getValue(value) !== undefined;
  return isScalarType(type) ? (SCALARS[type.name] ?? (() => true)) : undefined;
};

const valueShape = (type: GraphQLOutputType): ValueShape => {
  const nullable = isNonNullType(type) ? type.ofType : type;
  const named = getNamedType(nullable);
  return {
    type: nullable,
    isRequired: nullable !== type,
    items: isListType(nullable) ? valueShape(nullable.ofType) : undefined,
    declared: isCompositeType(named) ? named : undefined,
    allows: allowedBy(nullable),
  };
};

const conditionOf = (node: SelectionNode, directive: 'skip' | 'include', isTrue: ShapeSource['isTrue']): boolean | undefined => {
  const value = node.directives?.find(({ name }) => name.value === directive)?.arguments?.find(({ name }) => name.value === 'if')?.value;
  if (value?.kind === Kind.VARIABLE) return isTrue(value.name.value);
  return value?.kind === Kind.BOOLEAN ? value.value : undefined;
};

const isLeftOut = (node: SelectionNode, { isTrue }: ShapeSource): boolean =>
  conditionOf(node, 'skip', isTrue) === true || conditionOf(node, 'include', isTrue) === false;

const applies = (schema: GraphQLSchema, type: GraphQLCompositeType, condition: string | undefined): boolean => {
  if (condition === undefined || condition === type.name) return true;
  const abstract = schema.getType(condition);
  return isAbstractType(abstract) && !isUnionType(type) && schema.isSubType(abstract, type);
};

interface Collecting extends ShapeSource {
  type: GraphQLCompositeType;
  fields: Map<string, FieldNode[]>;
  visited: Set<string>;
}

/** The selections that a fragment brings in, unless its type does not fit or it was spread before. */
const spread = (node: Exclude<SelectionNode, FieldNode>, { schema, type, fragments, visited }: Collecting): SelectionSetNode | undefined => {
  if (node.kind === Kind.INLINE_FRAGMENT) return applies(schema, type, node.typeCondition?.name.value) ? node.selectionSet : undefined;
  const fragment = visited.has(node.name.value) ? undefined : fragments.get(node.name.value);
  visited.add(node.name.value);
  return fragment !== undefined && applies(schema, type, fragment.typeCondition.name.value) ? fragment.selectionSet : undefined;
};

/** https://spec.graphql.org/October2021/#CollectFields() */
const collect = (collecting: Collecting, { selections }: SelectionSetNode): void => {
  for (const node of selections) {
    if (isLeftOut(node, collecting)) continue;
    if (node.kind === Kind.FIELD) {
      const name = node.alias?.value ?? node.name.value;
      collecting.fields.set(name, [...(collecting.fields.get(name) ?? []), node]);
    } else {
      const set = spread(node, collecting);
      if (set !== undefined) collect(collecting, set);
    }
  }
};

const META_FIELDS: Readonly<Record<string, GraphQLOutputType>> = {
  __typename: TypeNameMetaFieldDef.type,
  __schema: SchemaMetaFieldDef.type,
  __type: TypeMetaFieldDef.type,
};

const typeOf = (type: GraphQLCompositeType, fieldName: string): GraphQLOutputType | undefined =>
  (isUnionType(type) ? undefined : type.getFields()[fieldName]?.type) ?? META_FIELDS[fieldName];

const objectShapes = (source: ShapeSource, sets: readonly SelectionSetNode[]): ObjectShapes => {
  const known = new Map<string, readonly FieldShape[]>();
  const compile = (type: GraphQLCompositeType): FieldShape[] => {
    const shapes: FieldShape[] = [];
    const fields = new Map<string, FieldNode[]>();
    const collecting = { ...source, type, fields, visited: new Set<string>() };
    for (const set of sets) collect(collecting, set);
    for (const [name, nodes] of fields) {
      const [first] = nodes;
      const fieldType = first && typeOf(type, first.name.value);
      if (first === undefined || fieldType === undefined) continue;
      const below = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      const common = { name, source: source.sourceOf(first), fieldName: first.name.value, shape: valueShape(fieldType), nodes };
      shapes.push({ ...common, below: below.length === 0 ? undefined : objectShapes(source, below) });
    }
    return shapes;
  };
  return {
    of: (type) => {
      const present = known.get(type.name);
      if (present !== undefined) return present;
      const shapes = compile(type);
      known.set(type.name, shapes);
      return shapes;
    },
  };
};

/** The shape of an operation's answer, worked out type by type when first needed. */
export const shapeOf = (source: ShapeSource, operation: OperationDefinitionNode): ObjectShapes => objectShapes(source, [operation.selectionSet]);
