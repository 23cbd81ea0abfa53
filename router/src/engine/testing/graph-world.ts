import {
  GraphQLError,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { getArgumentValues } from 'graphql/execution/values.js';
import { hash } from './hash.ts';
import type { RandomGraph } from './random-graph.ts';

/** An object as subgraphs and the oracle hand it around: everything about it follows from its key. */
export interface WorldObject {
  __typename: string;
  key: string;
}
type Source = Record<string, unknown>;

/** What every value follows from, so that it is the same whoever is asked, in whatever order. */
export interface World {
  /** The value of a field. @param fault what is wrong in this run, for subgraphs only. */
  resolve(type: GraphQLOutputType, source: Source, field: string, args: Source, run: WorldRun): unknown;
}
export interface WorldRun {
  /** How often each counting mutation ran. */
  counts: Map<string, number>;
  fails?: (key: string, field: string) => 'throws' | 'null' | undefined;
}

const ENTITIES = 3;
const KEY_FIELDS = ['id', 'sku', 'code'] as const;

export const keyOf = (source: Source): string => {
  if (typeof source['key'] === 'string') return source['key'];
  for (const name of KEY_FIELDS) {
    const value = source[name];
    if (typeof value === 'string') return name === 'id' ? value : value.slice(name.length + 1);
  }
  return 'root';
};

const leafValue = (name: string, seed: number): unknown => {
  switch (name) {
    case 'Int':
      return (seed % 2001) - 1000;
    case 'Float':
      return seed % 3 === 0 ? seed % 7 : (seed % 1000) / 8;
    case 'Boolean':
      return seed % 2 === 0;
    case 'JSON':
      return [{ a: seed % 10, constructor: 1 }, [1, null], 'text', 5, null, { __typename: 'E0', id: 'E0:1' }][seed % 6];
    case 'Kind':
      return ['ONE', 'TWO', 'HIDDEN'][seed % 23 === 0 ? 2 : seed % 2];
    default:
      return `${name}-${seed % 10_000}`;
  }
};

/** Order of names and types of objects do not count: subgraphs get representations from whoever has them. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).filter((name) => name !== '__typename');
  return names.toSorted().map((name) => [name, canonical((value as Source)[name])]);
};

const fixedValue = (source: Source, field: string): unknown => {
  const key = keyOf(source);
  switch (field) {
    case 'id':
      return key;
    case 'sku':
    case 'code':
      return `${field}-${key}`;
    case 'region':
      return { __typename: 'Region', key: `region-${key}` };
    case 'name':
      return key;
    default:
      return undefined;
  }
};

export const createWorld = (seed: number, { rules }: RandomGraph, whole: GraphQLSchema): World => {
  const choicesOf = (field: string): readonly string[] => rules.get(field)?.choices ?? (field === 'again' ? ['Value'] : []);

  const objectOf = (field: string, number: number): WorldObject => {
    const choices = choicesOf(field);
    const __typename = choices[number % choices.length] ?? 'Nothing';
    return { __typename, key: `${__typename}:${__typename.startsWith('E') ? (number >>> 3) % ENTITIES : number}` };
  };

  const presentValue = (type: GraphQLOutputType, field: string, number: number): unknown => {
    if (isListType(type)) {
      const length = field === 'again' ? number % 2 : (number >>> 2) % 4;
      return Array.from({ length }, (_, index) => anyValue(type.ofType, field, hash(number, index)));
    }
    const named = getNamedType(type);
    return isLeafType(named) ? leafValue(isEnumType(named) ? 'Kind' : named.name, number) : objectOf(field, number);
  };

  const anyValue = (type: GraphQLOutputType, field: string, number: number): unknown => {
    if (isNonNullType(type)) return presentValue(type.ofType, field, number);
    return number % 7 === 0 ? null : presentValue(type, field, number);
  };

  /** What a representation would carry of a selection. */
  const project = (source: Source, set: SelectionSetNode): Source => {
    const type = whole.getType(String(source['__typename']));
    const fields = isObjectType(type) ? type.getFields() : {};
    const selected: Source = {};
    for (const node of set.selections) {
      const field = node.kind === Kind.FIELD ? fields[node.name.value] : undefined;
      if (node.kind === Kind.FIELD && field !== undefined)
        selected[field.name] = projectValue(resolveField(field.type, source, field.name, getArgumentValues(field, node)), node.selectionSet);
    }
    return selected;
  };

  const projectValue = (value: unknown, below: SelectionSetNode | undefined): unknown => {
    if (Array.isArray(value)) return value.map((item) => projectValue(item, below));
    return below !== undefined && value !== null ? project(value as Source, below) : value;
  };

  const required = (source: Source, selection: string): unknown => {
    const [node] = parse(`{ ${selection} }`, { noLocation: true }).definitions;
    if (node?.kind !== Kind.OPERATION_DEFINITION) return undefined;
    const names = node.selectionSet.selections.flatMap((one) => (one.kind === Kind.FIELD ? one.name.value : []));
    // A representation brings what it was asked to.
    const given = Object.fromEntries(names.map((name) => [name, source[name]]));
    return names.some((name) => source[name] !== undefined)
      ? given
      : project({ __typename: keyOf(source).split(':')[0], ...source }, node.selectionSet);
  };

  const resolveField = (type: GraphQLOutputType, source: Source, field: string, args: Source): unknown => {
    const fixed = fixedValue(source, field);
    if (fixed !== undefined) return fixed;
    const requires = rules.get(field)?.requires;
    const given = requires === undefined ? JSON.stringify(args) : JSON.stringify(canonical(required(source, requires)));
    return anyValue(type, field, hash(seed, keyOf(source), field, given));
  };

  return {
    resolve: (type, source, field, args, run) => {
      if (field.startsWith('count')) {
        const count = (run.counts.get('all') ?? 0) + 1;
        run.counts.set('all', count);
        return count;
      }
      const fault = run.fails?.(keyOf(source), field);
      if (fault === 'throws') throw new GraphQLError(`${field} of ${keyOf(source)} failed`, { extensions: { code: 'PLANTED' } });
      return fault === 'null' ? null : resolveField(type, source, field, args);
    },
  };
};
