import type { ApolloGateway, GraphQLDataSource } from '@apollo/gateway';
import { parse, print } from 'graphql';
import type { RequestContext } from '../request-context.ts';
import type { SubgraphClient } from '../subgraphs/subgraph-client.ts';
import type { Engine } from './execute-operation.ts';
import type { OperationResult } from './operation-result.ts';
import { planKey } from './plan-cache.ts';

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

/** ApolloGateway's own execution behind our guards: the reference to compare with (`ROUTER_ENGINE=apollo`). */
export const createApolloEngine =
  (executor: () => ApolloExecutor, requestOf: (context: RequestContext) => object | undefined): Engine =>
  async (_served, { document, operationName, queryHash, authorization, context }) => {
    const request = requestOf(context);
    if (request === undefined) throw new Error('the request is not known to the gateway');
    // Its plans are kept by this hash and the operation's name alone.
    const hash = planKey({ queryHash, operationName, authorization, overrideLabels: [], contract: '' });
    // It reads positions of nodes, which a document that was cut does not have.
    const readable = authorization === 'allowed' ? document : parse(print(document));
    return (await executor()({ ...request, document: readable, queryHash: hash } as Parameters<ApolloExecutor>[0])) as OperationResult;
  };
