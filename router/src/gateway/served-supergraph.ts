import type { Logger } from '@supergraph/service/logging';
import { buildASTSchema, type GraphQLSchema } from 'graphql';
import { type AuthorizationRules, readAuthorizationRules } from '../authorization/read-authorization-rules.ts';
import { type CostModel, readCostModel } from '../limits/cost-model.ts';
import { createListSizeLimit, type ListSizeLimit } from '../limits/list-size-limit.ts';
import { type CachedPlan, createPlanCache } from './plan-cache.ts';
import { createPlanner, type Planner } from './planner.ts';
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
  listSizes: ListSizeLimit;
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
  maxListSize: number;
  logger: Logger;
}

/** Starts a planner for a supergraph; close it when no request uses it any more. */
export const serveSupergraph = ({ read, apiSchema, maxListSize, logger }: ServeOptions): ServedSupergraph => {
  const { supergraphSdl, ...rest } = read;
  return {
    ...rest,
    apiSchema,
    listSizes: createListSizeLimit(apiSchema, maxListSize),
    planner: createPlanner({ supergraphSdl, logger }),
    plans: createPlanCache<CachedPlan>(),
  };
};
