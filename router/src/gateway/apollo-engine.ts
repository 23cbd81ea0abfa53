import type { ApolloGateway, GraphQLDataSource } from '@apollo/gateway';
import { parse, print } from 'graphql';
import { shapeResponse } from '../engine/shape-response.ts';
import type { RequestContext } from '../request-context.ts';
import { WHOLE_GRAPH } from '../settings/contract-view.ts';
import type { SubgraphClient } from '../subgraphs/subgraph-client.ts';
import type { AuthorizedOperation, Engine } from './execute-operation.ts';
import type { OperationResult } from './operation-result.ts';
import { planKey } from './plan-cache.ts';
import type { PlannedNames } from './planned-names.ts';
import { createIntrospection, createResponseShapes } from './response-shapes.ts';
import type { ServedSupergraph } from './served-supergraph.ts';

type ApolloExecutor = NonNullable<Awaited<ReturnType<ApolloGateway['load']>>['executor']>;
type Process = GraphQLDataSource['process'];

const IS_QUERY = /^\s*(query\b|\{)/;

/** A subgraph as ApolloGateway sees it, called by the same client as in our own engine. */
export const createApolloDataSource = (client: () => SubgraphClient): GraphQLDataSource => ({
  process: async ({ request, context }) => {
    const { identity, forwardedHeaders: headers, deadline, signal, record } = context as unknown as RequestContext;
    const { query = '', operationName, variables } = request;
    record.fetches += 1;
    // In doubt a mutation, which is never sent twice. Entity fetches of a mutation are queries: the document tells, not the operation.
    const kind = IS_QUERY.test(query) ? 'query' : 'mutation';
    return (await client().send({ query, operationName, variables, kind, identity, headers, deadline, signal })) as Awaited<ReturnType<Process>>;
  },
});

const AS_ANSWERED: PlannedNames = { of: ({ name, alias }) => (alias ?? name).value, rename: (document) => document, meets: () => false };

/** ApolloGateway knows the whole graph's schema only: what a contract hides of the answer is taken out here. */
const seenThrough = (
  served: ServedSupergraph,
  { document, operation, coerced, variables }: AuthorizedOperation,
  result: OperationResult,
): OperationResult => {
  const { apiSchema: schema } = served;
  const root = schema.getRootType(operation.operation);
  if (!root || !result.data) return result;
  const shapes = createResponseShapes(schema, AS_ANSWERED)(document, operation, coerced);
  const { data } = shapeResponse(result.data, { schema, root, shapes, introspect: createIntrospection(schema, document, operation, variables) });
  return { ...result, data };
};

/** ApolloGateway's own execution behind our guards: the reference to compare with (`ROUTER_ENGINE=apollo`). */
export const createApolloEngine =
  (executor: () => ApolloExecutor, requestOf: (context: RequestContext) => object | undefined): Engine =>
  async (served, authorized) => {
    const { document, operationName, queryHash, authorization, context } = authorized;
    const request = requestOf(context);
    if (request === undefined) throw new Error('the request is not known to the gateway');
    // Its plans are kept by this hash and the operation's name alone.
    const hash = planKey({ queryHash, operationName, authorization, overrideLabels: [], contract: served.contract });
    // It reads positions of nodes, which a document that was cut does not have.
    const readable = authorization === 'allowed' ? document : parse(print(document));
    const result = (await executor()({ ...request, document: readable, queryHash: hash } as Parameters<ApolloExecutor>[0])) as OperationResult;
    return served.contract === WHOLE_GRAPH ? result : seenThrough(served, authorized, result);
  };
