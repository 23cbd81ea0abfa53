import type { FetchDataRewrite } from '@apollo/query-planner';
import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql';
import { type Data, isData, own, setOwn } from './merge.ts';

const TYPE_CONDITION = '... on ';

/** Whether an object is of a type, an interface or a union, by its `__typename`. */
export const isOfType = (schema: GraphQLSchema, typename: unknown, condition: string): boolean => {
  if (typename === condition) return true;
  if (typeof typename !== 'string') return false;
  const [type, abstract] = [schema.getType(typename), schema.getType(condition)];
  return isAbstractType(abstract) && (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(abstract, type);
};

const applyAt = (schema: GraphQLSchema, path: readonly string[], value: unknown, change: (data: Data) => void): void => {
  if (Array.isArray(value)) {
    for (const item of value) applyAt(schema, path, item, change);
    return;
  }
  if (!isData(value)) return;
  const [first, ...rest] = path;
  if (first === undefined) change(value);
  else if (!first.startsWith(TYPE_CONDITION)) applyAt(schema, rest, own(value, first), change);
  else {
    const typename = own(value, '__typename');
    if (typename === undefined || isOfType(schema, typename, first.slice(TYPE_CONDITION.length))) applyAt(schema, rest, value, change);
  }
};

/** Carries out the planner's changes to what is sent or received: a value that it knows, a name that it had to change. */
export const applyRewrites = (schema: GraphQLSchema, rewrites: readonly FetchDataRewrite[], value: unknown): void => {
  for (const rewrite of rewrites) {
    const name = rewrite.path.at(-1);
    if (name === undefined) continue;
    applyAt(schema, rewrite.path.slice(0, -1), value, (data) => {
      if (rewrite.kind === 'ValueSetter') setOwn(data, name, rewrite.setValueTo);
      else if (Object.hasOwn(data, name)) {
        setOwn(data, rewrite.renameKeyTo, data[name]);
        delete data[name];
      }
    });
  }
};
