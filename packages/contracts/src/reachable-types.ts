import {
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

const mentionedBy = (schema: GraphQLSchema, type: GraphQLNamedType): GraphQLNamedType[] => {
  const mentioned: GraphQLNamedType[] = [];
  if (isObjectType(type) || isInterfaceType(type)) {
    mentioned.push(...type.getInterfaces());
    for (const { type: output, args } of Object.values(type.getFields()))
      mentioned.push(getNamedType(output), ...args.map((argument) => getNamedType(argument.type)));
  }
  if (isInputObjectType(type)) mentioned.push(...Object.values(type.getFields()).map((field) => getNamedType(field.type)));
  if (isAbstractType(type)) mentioned.push(...schema.getPossibleTypes(type));
  return mentioned;
};

const reachableTypes = (schema: GraphQLSchema): ReadonlySet<GraphQLNamedType> => {
  const arguments_ = schema.getDirectives().flatMap(({ args }) => args.map(({ type }) => getNamedType(type)));
  const waiting: GraphQLNamedType[] = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType(), ...arguments_].filter(
    (type) => type != null,
  );
  const reached = new Set<GraphQLNamedType>();
  for (let type = waiting.pop(); type !== undefined; type = waiting.pop()) {
    if (reached.has(type)) continue;
    reached.add(type);
    waiting.push(...mentionedBy(schema, type));
  }
  return reached;
};

/** The document without the types that no operation can reach. */
export const withoutUnreachableTypes = (document: DocumentNode, schema: GraphQLSchema): DocumentNode => {
  const reached = new Set([...reachableTypes(schema)].map(({ name }) => name));
  const definitions = document.definitions.filter(
    (node) => !('name' in node && node.kind.endsWith('TypeDefinition')) || reached.has(node.name?.value ?? ''),
  );
  return { ...document, definitions };
};
