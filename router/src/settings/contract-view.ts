import type { RouterSettings } from './router-settings.ts';

/** The name of what is served at `/graphql`: everything. */
export const WHOLE_GRAPH = '';

/** What one door lets in beyond limits and budgets: the whole graph's, or a contract's. */
export interface Admission {
  /** Whose manifests of operations it knows. */
  clients: readonly string[];
  /** Whether it takes nothing but operations of the manifests. */
  safelist: boolean;
}

export const admissionOf = ({ contracts, operations }: RouterSettings, contract: string): Admission => contracts[contract] ?? operations;

/** Whether the schema can be asked for; `standard` is what holds for `/graphql`. A safelist is no use when the schema is told to everybody. */
export const introspectionOf = ({ contracts }: RouterSettings, contract: string, standard: boolean): boolean => {
  const own = contracts[contract];
  if (own?.safelist) return false;
  return own === undefined || own.introspection === 'default' ? standard : own.introspection;
};

/** The settings as one contract has them: its own limits, budgets and rates over the common ones. */
export const settingsOfContract = (settings: RouterSettings, contract: string): RouterSettings => {
  const own = settings.contracts[contract];
  if (own === undefined) return settings;
  const { limits, cost, rateLimits } = settings;
  return {
    ...settings,
    limits: { ...limits, ...own.limits },
    cost: { ...cost, budgets: { ...cost.budgets, ...own.cost.budgets } },
    rateLimits: { ...rateLimits, ...own.rateLimits },
  };
};

/** The clients of each contract, the whole graph among them. */
export const clientsByContract = ({ contracts, operations }: RouterSettings): ReadonlyMap<string, readonly string[]> =>
  new Map([[WHOLE_GRAPH, operations.clients], ...Object.entries(contracts).map(([name, { clients }]) => [name, clients] as const)]);
