import { type GraphQLOutputType, type GraphQLSchema, isCompositeType, isInterfaceType, isListType, isNonNullType, isObjectType } from 'graphql';

/** Scalars whose values a client of the first reads from the second: a number is a number, an id is a string. */
const READABLE_AS: Readonly<Record<string, readonly string[]>> = { Float: ['Int'], String: ['ID'], ID: ['String'] };

/** Whether a client that knows the base's type can read every value of the head's. What is selected inside is for validation to judge. */
const isReadable = (base: GraphQLOutputType, head: GraphQLOutputType): boolean => {
  if (isNonNullType(base)) return isNonNullType(head) && isReadable(base.ofType, head.ofType);
  if (isNonNullType(head)) return isReadable(base, head.ofType);
  if (isListType(base)) return isListType(head) && isReadable(base.ofType, head.ofType);
  if (isListType(head)) return false;
  if (isCompositeType(base)) return isCompositeType(head);
  return base.name === head.name || (READABLE_AS[base.name] ?? []).includes(head.name);
};

const typeOf = (schema: GraphQLSchema, type: string, field: string): GraphQLOutputType | undefined => {
  const parent = schema.getType(type);
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field]?.type : undefined;
};

/** Whether responses of a field keep a form that clients of the base can read (https://spec.graphql.org/September2025/#sec-Value-Completion). */
export const isResponseCompatible = (base: GraphQLSchema, head: GraphQLSchema, type: string, field: string): boolean => {
  const [before, after] = [typeOf(base, type, field), typeOf(head, type, field)];
  return before !== undefined && after !== undefined && isReadable(before, after);
};
