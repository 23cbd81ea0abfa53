import {
  doTypesOverlap,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
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
import { isInherited } from './merge.ts';

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
  /** The name of `declared` where that is no interface and no union. */
  objectName: string | undefined;
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
  /** What no subgraph answers. */
  meta: 'typename' | 'introspection' | undefined;
  /** Neither of its names is one that every object inherits: they may be read and written without care. */
  isPlain: boolean;
  /** Of a plain leaf that is fetched: the values that can be taken as they are. */
  takes: ((value: unknown) => boolean) | undefined;
}

/** What is asked for later, of the same object. */
export interface DeferredShape {
  label: string;
  /** The fragment's type. */
  condition: string | undefined;
  shapes: ObjectShapes;
}

/** The fields asked for of an object of each type; of one whose own type nobody told, what is asked for of its interface. */
export interface ObjectShapes {
  of(type: GraphQLCompositeType): readonly FieldShape[];
  deferredOf(type: GraphQLCompositeType): readonly DeferredShape[];
}

export interface ShapeSource {
  schema: GraphQLSchema;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** What the variables of `@skip` and `@include` are in this request. */
  isTrue: (variable: string) => boolean;
  /** Under which name a field is fetched. */
  sourceOf: (field: FieldNode) => string;
  /** The label of a fragment that is deferred; nothing is when left out. */
  deferLabel?: ((fragment: InlineFragmentNode) => string | undefined) | undefined;
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
    objectName: isObjectType(named) ? named.name : undefined,
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

/** Whether a fragment on a type is one on an object. */
export const applies = (schema: GraphQLSchema, type: GraphQLCompositeType, condition: string | undefined): boolean => {
  if (condition === undefined || condition === type.name) return true;
  const abstract = schema.getType(condition);
  return isAbstractType(abstract) && !isUnionType(type) && schema.isSubType(abstract, type);
};

interface Collecting extends ShapeSource {
  type: GraphQLCompositeType;
  fields: Map<string, FieldNode[]>;
  deferred: DeferredShape[];
  visited: Set<string>;
}

/** The selections that a fragment brings in, unless its type does not fit or it was spread before. */
const spread = (node: Exclude<SelectionNode, FieldNode>, { schema, type, fragments, visited }: Collecting): SelectionSetNode | undefined => {
  if (node.kind === Kind.INLINE_FRAGMENT) return applies(schema, type, node.typeCondition?.name.value) ? node.selectionSet : undefined;
  const fragment = visited.has(node.name.value) ? undefined : fragments.get(node.name.value);
  visited.add(node.name.value);
  return fragment !== undefined && applies(schema, type, fragment.typeCondition.name.value) ? fragment.selectionSet : undefined;
};

const collectField = ({ fields }: Collecting, node: FieldNode): void => {
  const name = node.alias?.value ?? node.name.value;
  fields.set(name, [...(fields.get(name) ?? []), node]);
};

/** Whether it may turn out to be one: an interface object tells its own type only when that was fetched too. */
const mayApply = (schema: GraphQLSchema, type: GraphQLCompositeType, condition: string | undefined): boolean => {
  const named = condition === undefined ? undefined : schema.getType(condition);
  return applies(schema, type, condition) || (isAbstractType(type) && isCompositeType(named) && doTypesOverlap(schema, type, named));
};

const collectDeferred = (collecting: Collecting, label: string, { typeCondition, selectionSet }: InlineFragmentNode): void => {
  const { schema, type, deferred } = collecting;
  const condition = typeCondition?.name.value;
  if (mayApply(schema, type, condition)) deferred.push({ label, condition, shapes: objectShapes(collecting, [selectionSet]) });
};

const collectFragment = (collecting: Collecting, node: Exclude<SelectionNode, FieldNode>): void => {
  const label = node.kind === Kind.INLINE_FRAGMENT ? collecting.deferLabel?.(node) : undefined;
  if (label !== undefined && node.kind === Kind.INLINE_FRAGMENT) {
    collectDeferred(collecting, label, node);
    return;
  }
  const set = spread(node, collecting);
  if (set !== undefined) collect(collecting, set);
};

/** https://spec.graphql.org/October2021/#CollectFields() */
const collect = (collecting: Collecting, { selections }: SelectionSetNode): void => {
  for (const node of selections) {
    if (isLeftOut(node, collecting)) continue;
    if (node.kind === Kind.FIELD) collectField(collecting, node);
    else collectFragment(collecting, node);
  }
};

const META_FIELDS: Readonly<Record<string, GraphQLOutputType>> = {
  __typename: TypeNameMetaFieldDef.type,
  __schema: SchemaMetaFieldDef.type,
  __type: TypeMetaFieldDef.type,
};

const typeOf = (type: GraphQLCompositeType, fieldName: string): GraphQLOutputType | undefined =>
  (isUnionType(type) ? undefined : type.getFields()[fieldName]?.type) ?? META_FIELDS[fieldName];

const metaOf = (fieldName: string): FieldShape['meta'] => {
  if (fieldName === '__typename') return 'typename';
  return fieldName === '__schema' || fieldName === '__type' ? 'introspection' : undefined;
};

const fieldShape = (source: ShapeSource, name: string, nodes: readonly FieldNode[], first: FieldNode, type: GraphQLOutputType): FieldShape => {
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const fieldName = first.name.value;
  const fetchedAs = source.sourceOf(first);
  const shape = valueShape(type);
  const below = sets.length === 0 ? undefined : objectShapes(source, sets);
  const meta = metaOf(fieldName);
  const isPlain = !(isInherited(name) || isInherited(fetchedAs));
  const takes = isPlain && meta === undefined && below === undefined ? shape.allows : undefined;
  return { name, source: fetchedAs, fieldName, shape, nodes, below, meta, isPlain, takes };
};

interface TypeShape {
  fields: readonly FieldShape[];
  deferred: readonly DeferredShape[];
}

const objectShapes = (source: ShapeSource, sets: readonly SelectionSetNode[]): ObjectShapes => {
  const known = new Map<string, TypeShape>();
  const compile = (type: GraphQLCompositeType): TypeShape => {
    const shapes: FieldShape[] = [];
    const fields = new Map<string, FieldNode[]>();
    const deferred: DeferredShape[] = [];
    const collecting = { ...source, type, fields, deferred, visited: new Set<string>() };
    for (const set of sets) collect(collecting, set);
    for (const [name, nodes] of fields) {
      const [first] = nodes;
      const fieldType = first && typeOf(type, first.name.value);
      if (first !== undefined && fieldType !== undefined) shapes.push(fieldShape(source, name, nodes, first, fieldType));
    }
    return { fields: shapes, deferred };
  };
  // Most places hold objects of one type only.
  let last: GraphQLCompositeType | undefined;
  let shapeOfLast: TypeShape = { fields: [], deferred: [] };
  const shapeOfType = (type: GraphQLCompositeType): TypeShape => {
    if (type === last) return shapeOfLast;
    const shape = known.get(type.name) ?? compile(type);
    known.set(type.name, shape);
    last = type;
    shapeOfLast = shape;
    return shape;
  };
  return { of: (type) => shapeOfType(type).fields, deferredOf: (type) => shapeOfType(type).deferred };
};

/** The shape of an operation's answer, worked out type by type when first needed. */
export const shapeOf = (source: ShapeSource, operation: OperationDefinitionNode): ObjectShapes => objectShapes(source, [operation.selectionSet]);
