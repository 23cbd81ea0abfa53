import { type DocumentNode, type GraphQLSchema, isInterfaceType, isObjectType, Kind, TypeInfo, visit, visitWithTypeInfo } from 'graphql';

/**
 * Whether an object is selected from as one of its interfaces. ApolloGateway then takes it for the interface when it did not fetch its
 * `__typename`, and leaves out what is asked for of the object's own type within.
 */
export const widensObjects = (schema: GraphQLSchema, document: DocumentNode): boolean => {
  const conditions = new Map<string, string>();
  for (const node of document.definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) conditions.set(node.name.value, node.typeCondition.name.value);
  const types = new TypeInfo(schema);
  let widens = false;
  const look = (condition: string | undefined): void => {
    widens ||= condition !== undefined && isObjectType(types.getParentType()) && isInterfaceType(schema.getType(condition));
  };
  visit(
    document,
    visitWithTypeInfo(types, {
      InlineFragment: ({ typeCondition }) => look(typeCondition?.name.value),
      FragmentSpread: ({ name }) => look(conditions.get(name.value)),
    }),
  );
  return widens;
};
