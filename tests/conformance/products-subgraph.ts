import { readFile } from 'node:fs/promises';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import { createErrorFormatter } from '@supergraph/service/graphql-errors';
import { createHttpServer, listen } from '@supergraph/service/http-server';
import { createLogger } from '@supergraph/service/logging';
import { type GraphQLFieldResolver, parse } from 'graphql';

// The data that the suite's COMPATIBILITY.md prescribes.
const user = { email: 'support@apollographql.com', name: 'Jane Smith', totalProductsCreated: 1_337, yearsOfEmployment: 10 };
const dimensions = { size: 'small', weight: 1, unit: 'kg' };
const research = [
  { study: { caseNumber: '1234', description: 'Federation Study' }, outcome: null },
  { study: { caseNumber: '1235', description: 'Studio Study' }, outcome: null },
];
const products = [
  {
    id: 'apollo-federation',
    sku: 'federation',
    package: '@apollo/federation',
    variation: { id: 'OSS' },
    research: [research[0]],
    createdBy: user,
    dimensions,
  },
  { id: 'apollo-studio', sku: 'studio', package: '', variation: { id: 'platform' }, research: [research[1]], createdBy: user, dimensions },
];
const deprecatedProduct = { sku: 'apollo-federation-v1', package: '@apollo/federation-v1', reason: 'Migrate to Federation V2', createdBy: user };

type Product = (typeof products)[number];
type ProductReference = Partial<Pick<Product, 'id' | 'sku' | 'package' | 'variation'>>;
type UserReference = Pick<typeof user, 'email'> & Partial<typeof user>;

const isReferredTo = (product: Product, { id, sku, package: name, variation }: ProductReference): boolean => {
  if (id !== undefined) return product.id === id;
  return product.sku === sku && (product.package === name || product.variation.id === variation?.id);
};

const resolvers = {
  Query: {
    product: (_: unknown, reference: ProductReference) => products.find((product) => isReferredTo(product, reference)),
    deprecatedProduct: (_: unknown, { sku, package: name }: typeof deprecatedProduct) =>
      sku === deprecatedProduct.sku && name === deprecatedProduct.package ? deprecatedProduct : undefined,
  },
  Product: { __resolveReference: (reference: ProductReference) => products.find((product) => isReferredTo(product, reference)) },
  DeprecatedProduct: {
    __resolveReference: ({ sku, package: name }: typeof deprecatedProduct) =>
      sku === deprecatedProduct.sku && name === deprecatedProduct.package ? deprecatedProduct : undefined,
  },
  ProductResearch: {
    __resolveReference: ({ study }: { study: { caseNumber: string } }) => research.find((one) => one.study.caseNumber === study.caseNumber),
  },
  Inventory: { __resolveReference: ({ id }: { id: string }) => ({ id, deprecatedProducts: [deprecatedProduct] }) },
  User: {
    // What the other subgraph sent with the reference counts, not what is known here.
    __resolveReference: (reference: UserReference) => (reference.email === user.email ? { ...user, ...reference, name: user.name } : undefined),
    averageProductsCreatedPerYear: ({ totalProductsCreated = 0, yearsOfEmployment = 1 }: UserReference) =>
      Math.round(totalProductsCreated / yearsOfEmployment),
  },
};

export interface ProductsSubgraph {
  url: string;
  close(): Promise<void>;
}

/**
 * The subgraph under test, of the parts that `createSubgraphServer` is made of, and federated traces besides: the rooms of this house
 * answer nobody's.
 */
export const startProductsSubgraph = async (schemaFile: string): Promise<ProductsSubgraph> => {
  const logger = createLogger('products', 'warn');
  const http = createHttpServer({ logger, readiness: async () => undefined });
  const server = new ApolloServer({
    schema: buildSubgraphSchema([
      {
        typeDefs: parse(await readFile(schemaFile, 'utf8')),
        resolvers: resolvers as unknown as Record<string, Record<string, GraphQLFieldResolver<unknown, unknown>>>,
      },
    ]),
    introspection: true,
    includeStacktraceInErrorResponses: false,
    formatError: createErrorFormatter(logger),
    stopOnTerminationSignals: false,
    logger,
    plugins: [
      fastifyApolloDrainPlugin(http),
      ApolloServerPluginInlineTrace(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await server.start();
  http.post('/graphql', fastifyApolloHandler(server));
  const port = await listen(http, 'products', '127.0.0.1', 0);
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    close: async () => {
      await server.stop();
      await http.close();
    },
  };
};
