import { type GraphQLError, type GraphQLObjectType, type GraphQLOutputType, isAbstractType, isListType, isNonNullType, isObjectType } from 'graphql';
import type { FieldOccurrence, Occurrence } from './analyse-operation.ts';
import type { Cut } from './cut-operation.ts';
import { isIncluded, type Variables, withDefaults } from './inclusion.ts';
import { unauthorizedError } from './unauthorized-error.ts';

type Data = Record<string, unknown>;
type Path = readonly (string | number)[];
/** Response names with the fields that are merged under each, in the client's order. */
type Grouped = Map<string, FieldOccurrence[]>;

/** The nearest place that may be null becomes null. */
const PROPAGATE = Symbol('null where none may be');

export interface AppliedDenials {
  data: Data | null;
  errors: readonly GraphQLError[];
}

export interface ApplyDenials {
  cut: Cut;
  /** What executing the cut document gave; `{}` when there was none. */
  data: Data | null | undefined;
  variables: Variables | undefined;
}

class Shaper {
  readonly errors: GraphQLError[] = [];
  private readonly cut: Cut;
  private readonly variables: ReadonlyMap<string, unknown>;
  /** All objects of one list share their selections, so they are collected once for each type. */
  private readonly collected = new Map<readonly Occurrence[], Map<GraphQLObjectType, Grouped>>();

  constructor(cut: Cut, variables: Variables | undefined) {
    this.cut = cut;
    this.variables = withDefaults(cut.analysis.operation, variables);
  }

  /** The fields of `holders`' selections, or the root's, that an object of this type answers. */
  object(type: GraphQLObjectType, holders: readonly Occurrence[], source: Data, path: Path): Data | typeof PROPAGATE {
    const shaped: Data = Object.create(null);
    for (const [name, fields] of this.collect(type, holders)) {
      const value = this.field(type, fields, Object.hasOwn(source, name) ? source[name] : null, [...path, name]);
      if (value === PROPAGATE) return PROPAGATE;
      shaped[name] = value;
    }
    return shaped;
  }

  private field(parent: GraphQLObjectType, fields: readonly FieldOccurrence[], value: unknown, path: Path): unknown {
    const definition = parent.getFields()[fields[0]?.node.name.value ?? ''];
    // Introspection: nothing in it is ever cut.
    if (definition === undefined) return value;
    if (fields.some((field) => this.cut.denied.has(field))) {
      this.errors.push(unauthorizedError(path));
      return isNonNullType(definition.type) ? PROPAGATE : null;
    }
    return this.value(definition.type, fields, value, path);
  }

  private value(type: GraphQLOutputType, fields: readonly FieldOccurrence[], value: unknown, path: Path): unknown {
    if (isNonNullType(type)) {
      const shaped = this.value(type.ofType, fields, value, path);
      return shaped === null ? PROPAGATE : shaped;
    }
    if (value === null || value === undefined) return null;
    if (!fields.some((field) => this.cut.touched.has(field))) return value;
    const shaped = isListType(type) ? this.list(type.ofType, fields, value, path) : this.composite(type, fields, value, path);
    return shaped === PROPAGATE ? null : shaped;
  }

  private list(type: GraphQLOutputType, fields: readonly FieldOccurrence[], value: unknown, path: Path): unknown {
    if (!Array.isArray(value)) return PROPAGATE;
    const items: unknown[] = [];
    for (const [index, item] of value.entries()) {
      const shaped = this.value(type, fields, item, [...path, index]);
      if (shaped === PROPAGATE) return PROPAGATE;
      items.push(shaped);
    }
    return items;
  }

  private composite(type: GraphQLOutputType, fields: readonly FieldOccurrence[], value: unknown, path: Path): unknown {
    if (typeof value !== 'object' || value === null) return PROPAGATE;
    const object = this.typeOf(type, value as Data);
    if (object !== undefined) return this.object(object, fields, value as Data, path);
    // Without its type nobody can tell what of it may be shown.
    this.errors.push(unauthorizedError(path));
    return PROPAGATE;
  }

  private typeOf(type: GraphQLOutputType, value: Data): GraphQLObjectType | undefined {
    if (isObjectType(type)) return type;
    const { schema, typenameAs } = this.cut.analysis;
    const name = value[typenameAs];
    const named = typeof name === 'string' ? schema.getType(name) : undefined;
    return isAbstractType(type) && isObjectType(named) && schema.isSubType(type, named) ? named : undefined;
  }

  private collect(type: GraphQLObjectType, holders: readonly Occurrence[]): Grouped {
    const types = this.collected.get(holders) ?? new Map<GraphQLObjectType, Grouped>();
    this.collected.set(holders, types);
    const known = types.get(type);
    if (known !== undefined) return known;
    const grouped: Grouped = new Map();
    if (holders.length === 0) this.addTo(grouped, type, this.cut.analysis.selections);
    for (const { selections } of holders) this.addTo(grouped, type, selections);
    types.set(type, grouped);
    return grouped;
  }

  private addTo(grouped: Grouped, type: GraphQLObjectType, selections: readonly Occurrence[]): void {
    for (const selection of selections) {
      if (!isIncluded(selection.directives, this.variables)) continue;
      if (selection.kind === 'fragment') {
        if (this.applies(selection.typeCondition?.name.value, type)) this.addTo(grouped, type, selection.selections);
        continue;
      }
      const merged = grouped.get(selection.responseName);
      if (merged === undefined) grouped.set(selection.responseName, [selection]);
      else merged.push(selection);
    }
  }

  private applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const { schema } = this.cut.analysis;
    const named = schema.getType(condition);
    return isAbstractType(named) && schema.isSubType(named, type);
  }
}

/**
 * Completes the answer to a cut operation, as if the cut fields had been executed and refused: null and one error at every
 * place in the data where such a field stands, null propagation as GraphQL defines it, and the client's field order.
 * Specification: https://spec.graphql.org/October2021/#sec-Handling-Field-Errors
 */
export const applyDenials = ({ cut, data, variables }: ApplyDenials): AppliedDenials => {
  if (data === null || data === undefined) return { data: null, errors: [] };
  const shaper = new Shaper(cut, variables);
  const shaped = shaper.object(cut.analysis.rootType, [], data, []);
  return { data: shaped === PROPAGATE ? null : shaped, errors: shaper.errors };
};
