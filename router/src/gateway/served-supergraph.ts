import type { Logger } from '@supergraph/service/logging';
import { buildASTSchema, type GraphQLSchema } from 'graphql';
import { type AuthorizationRules, readAuthorizationRules } from '../authorization/read-authorization-rules.ts';
import { type CostModel, readCostModel } from '../limits/cost-model.ts';
import { type CachedPlan, createPlanCache } from './plan-cache.ts';
import { createPlanner, type Planner } from './planner.ts';
import { createResponseShapes, type ResponseShapes } from './response-shapes.ts';
import { type NamedSubgraph, parseSupergraph, subgraphsOf } from './supergraph-document.ts';

/** A supergraph and everything that is worked out once for it. */
export interface ServedSupergraph {
  /** What clients see. */
  apiSchema: GraphQLSchema;
  /** Everything, also what clients do not see. */
  supergraphSchema: GraphQLSchema;
  subgraphs: readonly NamedSubgraph[];
  rules: AuthorizationRules;
  costs: CostModel;
  shapes: ResponseShapes;
  planner: Planner;
  plans: ReturnType<typeof createPlanCache<CachedPlan>>;
}

export interface SupergraphRules {
  supergraphSdl: string;
  rules: AuthorizationRules;
  costs: CostModel;
  subgraphs: readonly NamedSubgraph[];
  supergraphSchema: GraphQLSchema;
}

/** What the directives of a supergraph say. @throws StartupError when it demands what is not enforced here. */
export const readSupergraph = (supergraphSdl: string): SupergraphRules => {
  const document = parseSupergraph(supergraphSdl);
  return {
    supergraphSdl,
    rules: readAuthorizationRules(supergraphSdl),
    costs: readCostModel(supergraphSdl),
    subgraphs: subgraphsOf(document),
    supergraphSchema: buildASTSchema(document, { assumeValid: true, assumeValidSDL: true }),
  };
};

export interface ServeOptions {
  read: SupergraphRules;
  apiSchema: GraphQLSchema;
  logger: Logger;
}

/** Starts a planner for a supergraph; close it when no request uses it any more. */
export const serveSupergraph = ({ read, apiSchema, logger }: ServeOptions): ServedSupergraph => {
  const { supergraphSdl, ...rest } = read;
  return {
    ...rest,
    apiSchema,
    shapes: createResponseShapes(apiSchema),
    planner: createPlanner({ supergraphSdl, logger }),
    plans: createPlanCache<CachedPlan>(),
  };
};
