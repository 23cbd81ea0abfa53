import { DirectiveLocation, GraphQLBoolean, GraphQLDirective, GraphQLNonNull, GraphQLSchema, GraphQLString } from 'graphql';

/** As the router serves it, which clients may use though no subgraph has it; graphql-js 16 does not define it. */
const DEFER = new GraphQLDirective({
  name: 'defer',
  locations: [DirectiveLocation.FRAGMENT_SPREAD, DirectiveLocation.INLINE_FRAGMENT],
  args: { if: { type: new GraphQLNonNull(GraphQLBoolean), defaultValue: true }, label: { type: GraphQLString } },
});

/** The schema that operations of clients are held against: an API schema with the router's `@defer`. */
export const withDeferDirective = (schema: GraphQLSchema): GraphQLSchema => {
  if (schema.getDirective(DEFER.name)) return schema;
  const config = schema.toConfig();
  return new GraphQLSchema({ ...config, directives: [...config.directives, DEFER] });
};
