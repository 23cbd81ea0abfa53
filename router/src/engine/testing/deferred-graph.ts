import { composeServices } from '@apollo/composition';
import { operationFromDocument, ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { DomainError } from '@supergraph/errors';
import { buildASTSchema, type GraphQLSchema, parse, print } from 'graphql';
import { gql } from 'graphql-tag';
import { createDeferEngine } from '../../gateway/defer-engine.ts';
import type { AuthorizedOperation } from '../../gateway/execute-operation.ts';
import { createPlanCache } from '../../gateway/plan-cache.ts';
import { createPlanEngine, createPlanRunner, type PlanRunner } from '../../gateway/plan-engine.ts';
import { readPlannedNames } from '../../gateway/planned-names.ts';
import { createResponseShapes } from '../../gateway/response-shapes.ts';
import type { ServedSupergraph } from '../../gateway/served-supergraph.ts';
import { coerceVariables } from '../../limits/coerce-variables.ts';
import type { RequestContext } from '../../request-context.ts';
import type { StreamedResult } from '../../streams/operation-stream.ts';
import { withDeferDirective } from '../defer/defer-directive.ts';
import { withoutDefer } from '../defer/defer-document.ts';
import type { DeferredResult } from '../execute-deferred.ts';
import type { EngineAnswer, Question, Send } from './both-engines.ts';
import { hash } from './hash.ts';

/** A bug planted in what is deferred. */
export interface DeferMutant {
  name: string;
  plan?: (plan: QueryPlan) => QueryPlan;
  results?: (results: StreamedResult[]) => StreamedResult[];
}

/** Our engine on a few subgraphs, without a network: an operation at once, and part by part. */
export interface DeferredGraph {
  apiSchema: GraphQLSchema;
  wholeSchema: GraphQLSchema;
  whole(question: Question, send: Send): Promise<EngineAnswer>;
  /** The parts as they are told, or nothing when the operation is answered whole. @param signal ends them. */
  start(question: Question, send: Send, options?: { mutant?: DeferMutant; signal?: AbortSignal }): AsyncGenerator<DeferredResult, void> | undefined;
  /** The plan of the operation without `@defer`. */
  planWithout(question: Question): string;
  /** The same by a planner that does not know it. */
  planUnaware(question: Question): string;
}

export interface NamedSdl {
  name: string;
  sdl: string;
  url: string;
}

/** All results as a client reads them. */
export const allOf = async (results: AsyncIterable<DeferredResult>): Promise<StreamedResult[]> => {
  const all: StreamedResult[] = [];
  for await (const result of results) all.push(JSON.parse(JSON.stringify(result)) as StreamedResult);
  return all;
};

const DEADLINE_MS = 60_000;

const contextOf = (signal: AbortSignal): RequestContext =>
  ({ deadline: performance.now() + DEADLINE_MS, signal, record: { fetches: 0 }, forwardedHeaders: new Map() }) as unknown as RequestContext;

/** @throws when the subgraphs do not compose. */
export const createDeferredGraph = (subgraphs: readonly NamedSdl[]): DeferredGraph => {
  const composed = composeServices(subgraphs.map(({ name, sdl, url }) => ({ name, url, typeDefs: gql(sdl) })));
  if (composed.supergraphSdl === undefined) throw new Error(composed.errors?.map(({ message }) => message).join('\n'));
  const supergraph = Supergraph.build(composed.supergraphSdl, {
    supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
    validateSupergraph: false,
  });
  const names = readPlannedNames(parse(composed.supergraphSdl));
  const [deferring, plain] = [true, false].map((enableDefer) => new QueryPlanner(supergraph, { incrementalDelivery: { enableDefer } })) as [
    QueryPlanner,
    QueryPlanner,
  ];
  const api = supergraph.apiSchema();
  const planWith = (planner: QueryPlanner, text: string, defers: boolean): QueryPlan => {
    const asked = parse(text, { noLocation: true });
    const document = names.rename(defers ? asked : withoutDefer(asked));
    return JSON.parse(JSON.stringify(planner.buildQueryPlan(operationFromDocument(api, document, { validate: false })))) as QueryPlan;
  };
  const wholePlans = new Map<string, QueryPlan>();
  const wholePlan = (query: string): QueryPlan => {
    const key = print(parse(query, { noLocation: true }));
    const plan = wholePlans.get(key) ?? planWith(deferring, key, false);
    wholePlans.set(key, plan);
    return plan;
  };
  const planOrFail = (query: string, defers: boolean): QueryPlan => {
    try {
      return defers ? planWith(deferring, query, true) : wholePlan(query);
    } catch (error) {
      throw new DomainError('invalid', 'PLANNING_FAILED', 'The operation cannot be planned.', {}, error);
    }
  };
  let planted: DeferMutant | undefined;
  const plan: ServedSupergraph['planner']['plan'] = async (query, _name, _labels, defers = false) => {
    const made = planOrFail(query, defers);
    return { plan: (defers ? planted?.plan?.(made) : undefined) ?? made, bytes: 1_000 };
  };
  const apiSchema = withDeferDirective(api.toGraphQLJSSchema());
  const wholeSchema = buildASTSchema(parse(composed.supergraphSdl), { assumeValid: true, assumeValidSDL: true });
  const served = {
    contract: '',
    apiSchema,
    supergraphSchema: wholeSchema,
    shapes: createResponseShapes(apiSchema, names),
    names,
    plans: createPlanCache(),
    planner: { plan },
  } as unknown as ServedSupergraph;

  const runnerOf = (text: string, ask: Send): PlanRunner =>
    createPlanRunner({
      send: async (_served, service, { query, operationName, variables }) =>
        ask(service, { query, operationName, variables: JSON.parse(JSON.stringify(variables)) as Record<string, unknown> }),
      coalesces: () => hash(text) % 2 === 0,
    });
  const authorizedOf = ({ document, text, variables }: Question, signal: AbortSignal, mutant?: DeferMutant): AuthorizedOperation => {
    const operation = document.definitions.find((node) => node.kind === 'OperationDefinition');
    if (operation?.kind !== 'OperationDefinition') throw new Error('the document has no operation');
    const { coerced, errors } = coerceVariables(apiSchema, operation, variables);
    if (errors !== undefined) throw new Error(errors[0]?.message);
    const context = contextOf(signal);
    const common = { document, operation, coerced, variables, context, operationName: undefined, authorization: 'allowed' };
    return { ...common, queryHash: `${mutant?.name ?? ''} ${text}` };
  };

  return {
    apiSchema,
    wholeSchema,
    planWithout: ({ text }) => JSON.stringify(wholePlan(text)),
    planUnaware: ({ text }) => JSON.stringify(planWith(plain, text, false)),
    whole: async (question, send) => {
      const engine = createPlanEngine(runnerOf(question.text, send), () => false);
      return JSON.parse(JSON.stringify(await engine(served, authorizedOf(question, AbortSignal.timeout(DEADLINE_MS))))) as EngineAnswer;
    },
    start: (question, send, { mutant, signal = AbortSignal.timeout(DEADLINE_MS) } = {}) => {
      planted = mutant;
      return createDeferEngine({ runner: runnerOf(question.text, send) })(served, authorizedOf(question, signal, mutant));
    },
  };
};
