import type { RateLimiter, RateLimitPolicy } from '@supergraph/identity/rate-limiter';
import { type GraphQLError, getOperationAST, parse } from 'graphql';
import type { OperationGuards } from '../gateway/execute-operation.ts';
import type { ServedSupergraph } from '../gateway/served-supergraph.ts';
import { createCostLimit } from '../limits/cost-limit.ts';
import { createListSizeLimit } from '../limits/list-size-limit.ts';
import { createCostCalculator } from '../limits/operation-cost.ts';
import { createOperationInspector, type Inspection } from '../limits/operation-limits.ts';
import { createTextCache } from '../limits/text-cache.ts';
import { createVariablesLimit } from '../limits/variables-limit.ts';
import { createRequestRateLimit, type RequestRateLimit } from '../rate-limit/request-rate-limit.ts';
import { countRootFields, type RootFieldCounts } from '../rate-limit/root-fields.ts';
import { settingsOfContract } from '../settings/contract-view.ts';
import { type RouterSettings, trafficOf } from '../settings/router-settings.ts';
import type { SubgraphTraffic } from '../subgraphs/subgraph-client.ts';

/** The guards as one version of the settings has them; a new version is a new object. */
export interface GuardsInForce {
  settings: RouterSettings;
  /** What is wrong with a document, or what its operations ask for, by its text alone. */
  inspect: (query: string) => Inspection;
  checkVariables: (variables: unknown) => GraphQLError | undefined;
  costOf: OperationGuards['costOf'];
  checkListSizes: OperationGuards['checkListSizes'];
  rateLimit: RequestRateLimit;
  /** How many root fields and sign-ins the rate limits count for a document that passed `inspect`. */
  countsOf: (query: string, operationName: string | undefined) => RootFieldCounts;
  /** The same object as long as these settings are in force. */
  trafficOf: (subgraph: string) => SubgraphTraffic;
}

const UNLIMITED = {
  tokens: Number.POSITIVE_INFINITY,
  depth: Number.POSITIVE_INFINITY,
  aliases: Number.POSITIVE_INFINITY,
  rootFields: Number.POSITIVE_INFINITY,
  directives: Number.POSITIVE_INFINITY,
  expandedSelections: Number.POSITIVE_INFINITY,
  variables: Number.POSITIVE_INFINITY,
};

/** Makes something for a supergraph when it is first asked for, and keeps it as long as the supergraph is served. */
const perSupergraph = <Value>(make: (served: ServedSupergraph) => Value): ((served: ServedSupergraph) => Value) => {
  const made = new WeakMap<ServedSupergraph, { value: Value }>();
  return (served) => {
    const known = made.get(served) ?? { value: make(served) };
    made.set(served, known);
    return known.value;
  };
};

const createListSizes = ({ limits }: RouterSettings): OperationGuards['checkListSizes'] => {
  if (!limits.enabled) return () => undefined;
  const limitOf = perSupergraph(({ apiSchema }) => createListSizeLimit(apiSchema, limits.listSize));
  return (served, { document, operationName }, coerced) => limitOf(served)(document, operationName, coerced);
};

const createCosts = ({ cost }: RouterSettings): OperationGuards['costOf'] => {
  if (!cost.enabled) return () => undefined;
  const exceeds = createCostLimit(cost.budgets);
  const calculatorOf = perSupergraph(({ costs, apiSchema }) => createCostCalculator(costs, apiSchema, cost.assumedListSize));
  return (served, { document, operationName, context }, coerced) => {
    const operationCost = calculatorOf(served)(document, operationName, coerced);
    const error = exceeds(context.identity.caller.role, operationCost.estimated);
    if (error !== undefined) throw error;
    return operationCost;
  };
};

const COUNTS_CACHE_BYTES = 1024 * 1024;
const ONE: RootFieldCounts = { rootFields: 1, signIns: 0 };

/** Operations of one document whose counts are kept. */
const MAX_OPERATIONS = 16;

interface Counted {
  counts: RootFieldCounts;
  /** Whether the document has the operation: names that clients make up are not kept. */
  isThere: boolean;
}

/** @returns undefined for a syntax error, which Apollo Server tells. */
const countOperation = (query: string, operationName: string | undefined): Counted | undefined => {
  try {
    const document = parse(query, { noLocation: true });
    return { counts: countRootFields(document, operationName), isThere: Boolean(getOperationAST(document, operationName)) };
  } catch {
    return undefined;
  }
};

export const createCounts = (): GuardsInForce['countsOf'] => {
  // By name below the text: with a key that another pair of name and text makes too, anybody could have sign-ins counted as something harmless.
  const known = createTextCache<Map<string | undefined, RootFieldCounts>>(COUNTS_CACHE_BYTES);
  return (query, operationName) => {
    const byName = known.get(query) ?? new Map<string | undefined, RootFieldCounts>();
    const kept = byName.get(operationName);
    if (kept !== undefined) return kept;
    const counted = countOperation(query, operationName);
    if (counted === undefined) return ONE;
    if (counted.isThere && byName.size < MAX_OPERATIONS) known.set(query, byName.set(operationName, counted.counts));
    return counted.counts;
  };
};

const OWN_RATES = [
  ['anonymous', 'anonymous'],
  ['authenticated', 'authenticated'],
  ['operationCost', 'operation-cost'],
] as const;

export const putInForce = (settings: RouterSettings, createLimiter: (policy: RateLimitPolicy) => RateLimiter): GuardsInForce => {
  const { limits, traffic } = settings;
  const byName = new Map<string, SubgraphTraffic>();
  return {
    settings,
    inspect: createOperationInspector(limits.enabled ? limits : UNLIMITED),
    checkVariables: limits.enabled ? createVariablesLimit(limits.variablesBytes) : () => undefined,
    costOf: createCosts(settings),
    checkListSizes: createListSizes(settings),
    rateLimit: createRequestRateLimit(settings.rateLimits, createLimiter),
    countsOf: createCounts(),
    trafficOf: (subgraph) => {
      const known = byName.get(subgraph) ?? trafficOf(traffic, subgraph);
      byName.set(subgraph, known);
      return known;
    },
  };
};

/** The common guards with a contract's own limits, budgets and rates; what it shares with the others is counted with theirs. */
export const putContractInForce = (
  common: GuardsInForce,
  contract: string,
  createLimiter: (policy: RateLimitPolicy) => RateLimiter,
): GuardsInForce => {
  const settings = settingsOfContract(common.settings, contract);
  const own = common.settings.contracts[contract];
  if (own === undefined) return common;
  const { limits } = settings;
  const counted = (policy: RateLimitPolicy): RateLimiter =>
    createLimiter(
      OWN_RATES.some(([setting, name]) => name === policy.name && own.rateLimits[setting])
        ? { ...policy, name: `${contract}-${policy.name}` }
        : policy,
    );
  return {
    ...common,
    settings,
    inspect: createOperationInspector(limits.enabled ? limits : UNLIMITED),
    checkVariables: limits.enabled ? createVariablesLimit(limits.variablesBytes) : () => undefined,
    costOf: createCosts(settings),
    checkListSizes: createListSizes(settings),
    rateLimit: createRequestRateLimit(settings.rateLimits, counted),
  };
};
