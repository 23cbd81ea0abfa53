import type { Caller } from '@supergraph/identity/caller';
import type { GraphQLError } from 'graphql';
import { limitExceeded } from './limit-error.ts';

/** The largest estimated cost of one operation, by who asks; `Infinity` lets every cost pass. */
export type CostBudgets = Readonly<Record<Caller['role'], number>>;

/** Tells whether an operation may cost more than the caller has: COST_LIMIT_EXCEEDED, 400, with both figures. */
export const createCostLimit =
  (budgets: CostBudgets) =>
  (role: Caller['role'], estimated: number): GraphQLError | undefined => {
    const budget = budgets[role];
    if (estimated <= budget) return undefined;
    const message = `This operation may cost ${estimated}; you may spend ${budget} on one. Ask for smaller pages, or for less below them.`;
    return limitExceeded('COST_LIMIT_EXCEEDED', message, { estimated, budget, limit: budget, value: estimated });
  };
