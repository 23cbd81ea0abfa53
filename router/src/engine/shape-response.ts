import {
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from 'graphql';
import { type Data, isData, own, setOwn } from './merge.ts';
import { declaredType, type FieldShape, type ObjectShapes } from './response-shape.ts';

export interface ShapedResponse {
  data: Data | null;
  /** Values that a subgraph sent and the schema does not allow: they are null in the data. */
  errors: GraphQLError[];
}

export interface ShapeOptions {
  schema: GraphQLSchema;
  root: GraphQLObjectType;
  shapes: ObjectShapes;
  /** Answers `__schema` and `__type`. */
  introspect: (field: FieldShape) => unknown;
}

/** Says that a value which must not be null is: what holds it becomes null. */
const BUBBLES = Symbol('null bubbles up');
type Completed = unknown;

/** What JSON can carry of the scalars that the specification defines; what it cannot check, it lets pass. */
const SCALARS: Readonly<Record<string, (value: unknown) => boolean>> = {
  Int: (value) => Number.isInteger(value) && Math.abs(value as number) <= 2_147_483_648,
  Float: (value) => typeof value === 'number',
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  ID: (value) => typeof value === 'string' || Number.isInteger(value),
};

/**
 * Takes what the client asked for out of what was fetched: its names, its order, its types, and null where a value is
 * missing or wrong, as https://spec.graphql.org/October2021/#sec-Handling-Field-Errors says.
 */
export const shapeResponse = (fetched: Data, { schema, root, shapes, introspect }: ShapeOptions): ShapedResponse => {
  const errors: GraphQLError[] = [];
  const path: (string | number)[] = [];
  const wrong = (message: string): void => void errors.push(new GraphQLError(message, { path: [...path], extensions: { code: 'INVALID_GRAPHQL' } }));

  const isValidLeaf = (type: GraphQLOutputType, value: unknown): boolean => {
    if (isEnumType(type)) return typeof value === 'string' && type.getValue(value) !== undefined;
    return isScalarType(type) && (SCALARS[type.name]?.(value) ?? true);
  };

  const typeOfObject = (type: GraphQLOutputType, value: Data): GraphQLCompositeType | undefined => {
    const typename = own(value, '__typename');
    const declared = declaredType(type);
    if (typeof typename !== 'string') return declared;
    const named = schema.getType(typename);
    if (isObjectType(named)) return named;
    // An interface object carries the interface's name: which of its types it has is not known here.
    if (isInterfaceType(named)) return isObjectType(declared) ? declared : named;
    return undefined;
  };

  const completeList = (itemType: GraphQLOutputType, value: unknown, below: ObjectShapes | undefined): Completed => {
    if (!Array.isArray(value)) {
      wrong('A list was expected.');
      return null;
    }
    const items: unknown[] = [];
    let bubbles = false;
    for (let index = 0; index < value.length; index++) {
      path.push(index);
      const item = complete(itemType, value[index], below);
      path.pop();
      if (item === BUBBLES) bubbles = true;
      items.push(item);
    }
    return bubbles ? null : items;
  };

  const completeObject = (type: GraphQLOutputType, value: unknown, below: ObjectShapes): Completed => {
    if (!isData(value)) {
      wrong('An object was expected.');
      return null;
    }
    const objectType = typeOfObject(type, value);
    if (objectType === undefined) {
      wrong('The type of the object is not known.');
      return null;
    }
    const answer = completeFields(objectType, value, below.of(objectType));
    return answer === BUBBLES ? null : answer;
  };

  const completeNullable = (type: GraphQLOutputType, value: unknown, below: ObjectShapes | undefined): Completed => {
    if (value === null || value === undefined) return null;
    if (isListType(type)) return completeList(type.ofType, value, below);
    if (below !== undefined) return completeObject(type, value, below);
    if (isLeafType(type) && isValidLeaf(type, value)) return value;
    wrong('The value is not one of its type.');
    return null;
  };

  const complete = (type: GraphQLOutputType, value: unknown, below: ObjectShapes | undefined): Completed => {
    if (!isNonNullType(type)) return completeNullable(type, value, below);
    const before = errors.length;
    const completed = completeNullable(type.ofType, value, below);
    if (completed !== null) return completed;
    if (errors.length === before) wrong(`Cannot return null for non-nullable ${type.ofType}.`);
    return BUBBLES;
  };

  const completeTypename = (type: GraphQLCompositeType): string | typeof BUBBLES => {
    if (isObjectType(type)) return type.name;
    wrong('The type of the object is not known.');
    return BUBBLES;
  };

  const completeField = (type: GraphQLCompositeType, value: Data, field: FieldShape): Completed => {
    if (field.fieldName === '__typename') return completeTypename(type);
    if (field.fieldName === '__schema' || field.fieldName === '__type') return introspect(field);
    path.push(field.name);
    const completed = complete(field.type, own(value, field.source), field.below);
    path.pop();
    return completed;
  };

  const completeFields = (type: GraphQLCompositeType, value: Data, fields: readonly FieldShape[]): Data | typeof BUBBLES => {
    const answer: Data = {};
    for (const field of fields) {
      const completed = completeField(type, value, field);
      if (completed === BUBBLES) return BUBBLES;
      setOwn(answer, field.name, completed);
    }
    return answer;
  };

  const data = completeFields(root, fetched, shapes.of(root));
  return { data: data === BUBBLES ? null : data, errors };
};
