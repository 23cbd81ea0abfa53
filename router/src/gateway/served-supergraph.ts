import type { Logger } from '@supergraph/service/logging';
import { buildASTSchema, type GraphQLSchema } from 'graphql';
import { type AuthorizationRules, readAuthorizationRules } from '../authorization/read-authorization-rules.ts';
import { withDeferDirective } from '../engine/defer/defer-directive.ts';
import { type CostModel, readCostModel } from '../limits/cost-model.ts';
import { type EventFields, readEventFields } from '../subscriptions/event-fields.ts';
import type { ContractSchema } from './contract-schemas.ts';
import { createKnownDocuments, type KnownDocuments } from './known-operations.ts';
import { readOverrideLabels } from './override-labels.ts';
import { type CachedPlan, createPlanCache } from './plan-cache.ts';
import { type PlannedNames, readPlannedNames } from './planned-names.ts';
import { createPlanner, type Planner } from './planner.ts';
import { createResponseShapes, type ResponseShapes } from './response-shapes.ts';
import { type NamedSubgraph, parseSupergraph, subgraphsOf } from './supergraph-document.ts';

/** A supergraph as one contract shows it, and everything that is worked out once for it. */
export interface ServedSupergraph {
  /** Empty for the whole graph. */
  contract: string;
  /** What clients of the contract see. */
  apiSchema: GraphQLSchema;
  /** Everything, also what clients do not see. */
  supergraphSchema: GraphQLSchema;
  subgraphs: readonly NamedSubgraph[];
  rules: AuthorizationRules;
  costs: CostModel;
  /** What `@override(label:)` is conditional on. */
  overrideLabels: readonly string[];
  names: PlannedNames;
  /** Fields of Subscription that events lead to. */
  eventFields: EventFields;
  shapes: ResponseShapes;
  documents: KnownDocuments;
  planner: Planner;
  plans: ReturnType<typeof createPlanCache<CachedPlan>>;
}

export interface SupergraphRules {
  supergraphSdl: string;
  rules: AuthorizationRules;
  costs: CostModel;
  overrideLabels: readonly string[];
  names: PlannedNames;
  eventFields: EventFields;
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
    overrideLabels: readOverrideLabels(document),
    names: readPlannedNames(document),
    eventFields: readEventFields(document),
    subgraphs: subgraphsOf(document),
    supergraphSchema: buildASTSchema(document, { assumeValid: true, assumeValidSDL: true }),
  };
};

/** A supergraph that is read and not served yet: it can be planned for. Close its planner when no request uses it any more. */
export interface SupergraphCandidate extends SupergraphRules {
  contracts: ReadonlyMap<string, ContractSchema>;
  planner: Planner;
  plans: ServedSupergraph['plans'];
}

export const prepareSupergraph = (read: SupergraphRules, contracts: SupergraphCandidate['contracts'], logger: Logger): SupergraphCandidate => ({
  ...read,
  contracts,
  planner: createPlanner({ supergraphSdl: read.supergraphSdl, logger }),
  plans: createPlanCache<CachedPlan>(),
});

/** Plans and planner are one for all contracts; what depends on the schema that clients see is each contract's own. */
export const serveSupergraph = (candidate: SupergraphCandidate, schema: GraphQLSchema, contract: string): ServedSupergraph => {
  const { supergraphSdl: _read, contracts: _all, ...rest } = candidate;
  const apiSchema = withDeferDirective(schema);
  return {
    ...rest,
    contract,
    apiSchema,
    shapes: createResponseShapes(apiSchema, candidate.names),
    documents: createKnownDocuments(),
  };
};
