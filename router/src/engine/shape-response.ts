import { type GraphQLCompositeType, GraphQLError, type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql';
import { type Data, isData, own, setOwn } from './merge.ts';
import type { Path } from './places.ts';
import type { DeferredShape, FieldShape, ObjectShapes, ValueShape } from './response-shape.ts';

export interface ShapedResponse {
  data: Data | null;
  /** Values that a subgraph sent and the schema does not allow: they are null in the data. */
  errors: GraphQLError[];
}

/** A part of the answer that is deferred, at one object. */
export interface DeferredPlace extends DeferredShape {
  path: Path;
  /** The object as it was fetched. */
  fetched: Data;
  /** As far as it was known then. */
  type: GraphQLCompositeType;
}

export interface ShapeOptions {
  schema: GraphQLSchema;
  /** The type of what was fetched: the operation's, or that of the object at `at`. */
  root: GraphQLCompositeType;
  shapes: ObjectShapes;
  /** Where in the whole answer it stands; its beginning when left out. */
  at?: Path;
  /** Told of what is deferred, also at objects that null takes away afterwards. */
  onDeferred?: ((place: DeferredPlace) => void) | undefined;
  /** Answers `__schema` and `__type`. */
  introspect: (field: FieldShape) => unknown;
}

/** Says that a value which must not be null is: what holds it becomes null. */
const BUBBLES = Symbol('null bubbles up');
type Completed = unknown;

/**
 * Takes what the client asked for out of what was fetched: its names, its order, its types, and null where a value is
 * missing or wrong, as https://spec.graphql.org/October2021/#sec-Handling-Field-Errors says.
 */
export const shapeResponse = (fetched: Data, { schema, root, shapes, introspect, at = [], onDeferred }: ShapeOptions): ShapedResponse => {
  const errors: GraphQLError[] = [];
  const path: Path = [...at];
  const wrong = (message: string): void => void errors.push(new GraphQLError(message, { path: [...path], extensions: { code: 'INVALID_GRAPHQL' } }));

  const typeOfObject = ({ declared, objectName }: ValueShape, value: Data): GraphQLCompositeType | undefined => {
    const typename = value['__typename'];
    if (typeof typename !== 'string' || typename === objectName) return declared;
    const named = schema.getType(typename);
    if (isObjectType(named)) return named;
    // An interface object carries the interface's name: which of its types it has is not known here.
    if (isInterfaceType(named)) return isObjectType(declared) ? declared : named;
    return undefined;
  };

  const completeList = (items: ValueShape, value: unknown, below: ObjectShapes | undefined): Completed => {
    if (!Array.isArray(value)) {
      wrong('A list was expected.');
      return null;
    }
    const completed: unknown[] = [];
    let bubbles = false;
    for (let index = 0; index < value.length; index++) {
      path.push(index);
      const item = complete(items, value[index], below);
      path.pop();
      if (item === BUBBLES) bubbles = true;
      completed.push(item);
    }
    return bubbles ? null : completed;
  };

  const completeObject = (shape: ValueShape, value: unknown, below: ObjectShapes): Completed => {
    if (!isData(value)) {
      wrong('An object was expected.');
      return null;
    }
    const objectType = typeOfObject(shape, value);
    if (objectType === undefined) {
      wrong('The type of the object is not known.');
      return null;
    }
    const answer = completeFields(objectType, value, below);
    return answer === BUBBLES ? null : answer;
  };

  const completeNullable = (shape: ValueShape, value: unknown, below: ObjectShapes | undefined): Completed => {
    if (value === null || value === undefined) return null;
    if (shape.items !== undefined) return completeList(shape.items, value, below);
    if (below !== undefined) return completeObject(shape, value, below);
    if (shape.allows?.(value)) return value;
    wrong('The value is not one of its type.');
    return null;
  };

  const complete = (shape: ValueShape, value: unknown, below: ObjectShapes | undefined): Completed => {
    if (!shape.isRequired) return completeNullable(shape, value, below);
    const before = errors.length;
    const completed = completeNullable(shape, value, below);
    if (completed !== null) return completed;
    if (errors.length === before) wrong(`Cannot return null for non-nullable ${shape.type}.`);
    return BUBBLES;
  };

  const completeTypename = (type: GraphQLCompositeType): string | typeof BUBBLES => {
    if (isObjectType(type)) return type.name;
    wrong('The type of the object is not known.');
    return BUBBLES;
  };

  /** @returns undefined for a value that is missing or wrong, and for what is no leaf: they take a closer look. */
  const takeLeaf = (value: Data, { takes, source, shape }: FieldShape): unknown => {
    if (takes === undefined) return undefined;
    const leaf = value[source];
    if (leaf === undefined || leaf === null) return shape.isRequired ? undefined : null;
    return takes(leaf) ? leaf : undefined;
  };

  const completeField = (type: GraphQLCompositeType, value: Data, field: FieldShape): Completed => {
    const leaf = takeLeaf(value, field);
    if (leaf !== undefined) return leaf;
    if (field.meta === 'typename') return completeTypename(type);
    if (field.meta === 'introspection') return introspect(field);
    path.push(field.name);
    const completed = complete(field.shape, own(value, field.source), field.below);
    path.pop();
    return completed;
  };

  const tellDeferred = (type: GraphQLCompositeType, fetched: Data, below: ObjectShapes): void => {
    if (onDeferred !== undefined) for (const deferred of below.deferredOf(type)) onDeferred({ ...deferred, path: [...path], fetched, type });
  };

  const completeFields = (type: GraphQLCompositeType, value: Data, below: ObjectShapes): Data | typeof BUBBLES => {
    const answer: Data = {};
    for (const field of below.of(type)) {
      const completed = completeField(type, value, field);
      if (completed === BUBBLES) return BUBBLES;
      if (field.isPlain) answer[field.name] = completed;
      else setOwn(answer, field.name, completed);
    }
    tellDeferred(type, value, below);
    return answer;
  };

  const data = completeFields(root, fetched, shapes);
  return { data: data === BUBBLES ? null : data, errors };
};
