import { buildSubgraphSchema } from '@apollo/subgraph';
import { type DocumentNode, execute, type GraphQLFormattedError, type GraphQLSchema, parse, validate } from 'graphql';
import { gql } from 'graphql-tag';
import { keyOf, type World, type WorldRun } from './graph-world.ts';

export interface SubgraphQuestion {
  query: string;
  operationName?: string | undefined;
  variables: Readonly<Record<string, unknown>>;
}
export interface SubgraphReply {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
}

/** A subgraph without a network: the world's values behind its own schema. */
export interface InProcessSubgraph {
  /** Why its schema does not allow a question. */
  problemWith(query: string): string | undefined;
  answer(question: SubgraphQuestion, run: WorldRun): Promise<SubgraphReply>;
}

type Source = Record<string, unknown>;

export const executeWorld = async (
  schema: GraphQLSchema,
  document: DocumentNode,
  { world, run, variables, operationName }: { world: World; run: WorldRun; variables: Source; operationName?: string | undefined },
): Promise<SubgraphReply> => {
  const { data, errors } = await execute({
    schema,
    document,
    rootValue: {},
    variableValues: variables,
    operationName,
    fieldResolver: (source: Source, args, _context, { fieldName, returnType, parentType }) =>
      world.resolve(returnType, { __typename: parentType.name, ...source }, fieldName, args, run),
    typeResolver: ({ __typename }: Source) => String(__typename),
  });
  return {
    ...(data === undefined ? {} : { data: data as Source | null }),
    ...(errors === undefined ? {} : { errors: errors.map((error) => error.toJSON()) }),
  };
};

export const createInProcessSubgraph = (sdl: string, world: World): InProcessSubgraph => {
  const __resolveReference = (reference: Source): Source => ({ ...reference, __typename: keyOf(reference).split(':')[0] });
  // A subgraph that has an interface with a key must say which type an entity has.
  const resolvers = sdl.includes('interface Item ') ? { Item: { __resolveReference } } : {};
  const schema = buildSubgraphSchema([{ typeDefs: gql(sdl), resolvers }]);
  const documents = new Map<string, { document: DocumentNode; problem: string | undefined }>();
  const read = (query: string) => {
    const known = documents.get(query);
    if (known !== undefined) return known;
    const document = parse(query, { noLocation: true });
    const read = { document, problem: validate(schema, document)[0]?.message };
    documents.set(query, read);
    return read;
  };
  return {
    problemWith: (query) => read(query).problem,
    answer: async ({ query, operationName, variables }, run) => {
      const reply = await executeWorld(schema, read(query).document, { world, run, variables, operationName });
      return JSON.parse(JSON.stringify(reply)) as SubgraphReply;
    },
  };
};
