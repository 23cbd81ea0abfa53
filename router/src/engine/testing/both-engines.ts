import { composeServices } from '@apollo/composition';
import { operationFromDocument, ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { ApolloGateway } from '@apollo/gateway';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { createLogger } from '@supergraph/service/logging';
import { buildASTSchema, type DocumentNode, type GraphQLFormattedError, type GraphQLSchema, parse, print } from 'graphql';
import { gql } from 'graphql-tag';
import { stripForApolloGateway } from '../../authorization/strip-for-apollo-gateway.ts';
import type { Engine } from '../../gateway/execute-operation.ts';
import { createPlanCache } from '../../gateway/plan-cache.ts';
import { createPlanEngine, createPlanRunner } from '../../gateway/plan-engine.ts';
import { readPlannedNames } from '../../gateway/planned-names.ts';
import { repairPathTrees } from '../../gateway/repair-path-trees.ts';
import { createResponseShapes } from '../../gateway/response-shapes.ts';
import type { ServedSupergraph } from '../../gateway/served-supergraph.ts';
import { coerceVariables } from '../../limits/coerce-variables.ts';
import type { RequestContext } from '../../request-context.ts';
import { hash } from './hash.ts';
import type { SubgraphReply } from './in-process-subgraph.ts';

/** One operation with its variables. */
export interface Question {
  document: DocumentNode;
  text: string;
  variables: Readonly<Record<string, unknown>>;
}

export interface EngineAnswer {
  data?: unknown;
  errors?: readonly GraphQLFormattedError[];
  extensions?: Record<string, unknown>;
}

export type Send = (
  service: string,
  question: { query: string; operationName?: string | undefined; variables: Record<string, unknown> },
) => Promise<SubgraphReply>;

/** A bug planted in our side, to see that a comparison finds it. */
export interface Mutant {
  name: string;
  plan?: (plan: QueryPlan) => QueryPlan;
  send?: (send: Send) => Send;
}

export interface BothEngines {
  apiSchema: GraphQLSchema;
  wholeSchema: GraphQLSchema;
  ours(question: Question, send: Send, mutant?: Mutant): Promise<EngineAnswer>;
  stock(question: Question, send: Send): Promise<EngineAnswer>;
  /** Whether our plan keeps names apart that ApolloGateway's does not. */
  isSeparated(question: Question): boolean;
  /** The plan as Apollo's planner made it. */
  planOf(question: Question): Promise<QueryPlan>;
  stop(): Promise<void>;
}

const refuse: Send = async () => ({ data: null, errors: [{ message: 'not asked' }] });

type StockExecutor = Awaited<ReturnType<ApolloGateway['load']>>['executor'];

const composeSdl = (subgraphs: readonly { name: string; sdl: string; url: string }[]): string => {
  const composed = composeServices(subgraphs.map(({ name, sdl, url }) => ({ name, url, typeDefs: gql(sdl) })));
  if (composed.supergraphSdl === undefined) throw new Error(composed.errors?.map(({ message }) => message).join('\n'));
  return composed.supergraphSdl;
};

/** Both engines on the same subgraphs and plans, without a network. @throws when the subgraphs do not compose. */
export const startBothEngines = async (subgraphs: readonly { name: string; sdl: string; url: string }[]): Promise<BothEngines> => {
  const logger = createLogger('engine-tests', 'silent');
  const supergraphSdl = composeSdl(subgraphs);
  const plans = new Map<string, QueryPlan>();
  const stripped = stripForApolloGateway(supergraphSdl);
  const gateway = new ApolloGateway({
    supergraphSdl: stripped,
    logger,
    buildService: ({ name }) => ({
      process: async ({ request, context }) => {
        const { query = '', variables = {}, operationName } = request;
        const reply = await (context as unknown as { send: Send }).send(String(name), { query, variables, operationName });
        return reply as Awaited<ReturnType<ReturnType<NonNullable<ConstructorParameters<typeof ApolloGateway>[0]>['buildService'] & {}>['process']>>;
      },
    }),
    experimental_didResolveQueryPlan: ({ queryPlan, requestContext }) => void plans.set(String(requestContext.queryHash), queryPlan),
  });
  const { schema: apiSchema, executor } = await gateway.load();

  const stock: BothEngines['stock'] = async ({ document, text, variables }, send) => {
    const request = { request: { query: text, variables }, document, queryHash: text, context: { send }, schema: apiSchema, logger, metrics: {} };
    return JSON.parse(JSON.stringify(await executor(request as unknown as Parameters<StockExecutor>[0]))) as EngineAnswer;
  };

  // ApolloGateway plans nothing of what was stripped for it.
  const planStripped = (): ((question: Question) => void) => {
    const supergraph = Supergraph.build(supergraphSdl, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, validateSupergraph: false });
    repairPathTrees(supergraphSdl);
    const [schema, planner] = [supergraph.apiSchema(), new QueryPlanner(supergraph)];
    return ({ document, text }) => void plans.set(text, planner.buildQueryPlan(operationFromDocument(schema, document)));
  };
  const planOwn = stripped === supergraphSdl ? undefined : planStripped();

  const planOf: BothEngines['planOf'] = async (question) => {
    if (!plans.has(question.text)) await (planOwn ?? ((asked) => stock(asked, refuse)))(question);
    return JSON.parse(JSON.stringify(plans.get(question.text))) as QueryPlan;
  };

  const wholeSchema = buildASTSchema(parse(supergraphSdl), { assumeValid: true, assumeValidSDL: true });
  let current: { question: Question; send: Send; mutant: Mutant | undefined } | undefined;
  const names = readPlannedNames(parse(supergraphSdl));
  const plan = async (): Promise<{ plan: QueryPlan; bytes: number }> => {
    if (current === undefined) throw new Error('nobody asked');
    const { question, mutant } = current;
    const document = names.rename(question.document);
    const ours = await planOf(document === question.document ? question : { ...question, document, text: print(document) });
    return { plan: mutant?.plan?.(ours) ?? ours, bytes: 1_000 };
  };
  const served = {
    apiSchema,
    supergraphSchema: wholeSchema,
    shapes: createResponseShapes(apiSchema, names),
    names,
    plans: createPlanCache(),
    planner: { plan },
  } as unknown as ServedSupergraph;
  const [plain, coalescing] = [false, true].map((coalesces) =>
    createPlanEngine(
      createPlanRunner({
        send: async (_served, service, { query, operationName, variables }) =>
          (current?.send ?? refuse)(service, { query, operationName, variables: JSON.parse(JSON.stringify(variables)) as Record<string, unknown> }),
        coalesces: () => coalesces,
      }),
      () => false,
    ),
  ) as [Engine, Engine];

  return {
    apiSchema,
    wholeSchema,
    stock,
    planOf,
    isSeparated: ({ document }) => names.rename(document) !== document,
    ours: async (question, send, mutant) => {
      const { document, text, variables } = question;
      const operation = document.definitions.find((node) => node.kind === 'OperationDefinition');
      if (operation?.kind !== 'OperationDefinition') throw new Error('the document has no operation');
      const { coerced, errors } = coerceVariables(apiSchema, operation, variables);
      if (errors !== undefined) return { errors: errors.map((error) => error.toJSON()) };
      current = { question, send: mutant?.send?.(send) ?? send, mutant };
      const context = {
        deadline: Number.POSITIVE_INFINITY,
        signal: new AbortController().signal,
        record: { fetches: 0 },
        forwardedHeaders: new Map(),
      };
      const request = {
        document,
        operationName: undefined,
        variables,
        queryHash: `${mutant?.name ?? ''} ${text}`,
        context: context as unknown as RequestContext,
      };
      return JSON.parse(
        JSON.stringify(await (hash(text) % 2 === 0 ? plain : coalescing)(served, { ...request, operation, coerced, authorization: 'allowed' })),
      ) as EngineAnswer;
    },
    stop: () => gateway.stop(),
  };
};
