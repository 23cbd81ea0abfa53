import { DirectiveLocation, type DirectiveNode, GraphQLBoolean, GraphQLDirective, GraphQLNonNull, GraphQLSchema, GraphQLString } from 'graphql';

export const isDefer = ({ name }: DirectiveNode): boolean => name.value === 'defer';

/** As the draft of incremental delivery defines it; graphql-js 16 does not have it. */
const DEFER = new GraphQLDirective({
  name: 'defer',
  description: 'What the fragment asks for may come later than the rest of the answer, in an answer of several parts.',
  locations: [DirectiveLocation.FRAGMENT_SPREAD, DirectiveLocation.INLINE_FRAGMENT],
  args: {
    if: { type: new GraphQLNonNull(GraphQLBoolean), defaultValue: true, description: 'Deferred only when true.' },
    label: { type: GraphQLString, description: 'Tells its parts from those of other fragments: no variable, and once in a document.' },
  },
});

/** The same schema, its types included, with `@defer`. */
export const withDeferDirective = (schema: GraphQLSchema): GraphQLSchema => {
  if (schema.getDirective(DEFER.name)) return schema;
  const config = schema.toConfig();
  return new GraphQLSchema({ ...config, directives: [...config.directives, DEFER] });
};
