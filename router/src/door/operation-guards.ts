import { POLICIES } from '../../policies/policies.ts';
import { createPolicies } from '../authorization/policies.ts';
import type { OperationGuards } from '../gateway/execute-operation.ts';
import { countRootFields } from '../rate-limit/root-fields.ts';
import type { GuardsInForce } from './guards-in-force.ts';
import { rateLimitError } from './refusal.ts';

/** What is checked of an operation once it is parsed and valid, by the guards of the moment. */
export const createOperationGuards = (
  guards: (contract: string) => GuardsInForce,
  onUndecided: (policy: string, reason: unknown) => void,
): OperationGuards => ({
  policies: createPolicies(POLICIES, { onUndecided }),
  costOf: (served, ...request) => guards(served.contract).costOf(served, ...request),
  checkListSizes: (served, ...request) => guards(served.contract).checkListSizes(served, ...request),
  count: async ({ document, operationName, context }, cost) => {
    const { contract, countedAs, isCounted } = context;
    const { rateLimit } = guards(contract);
    const decisions = [
      ...(isCounted ? [] : [await rateLimit.check(countedAs, countRootFields(document, operationName))]),
      ...(cost === undefined ? [] : [await rateLimit.checkCost(countedAs, cost.estimated)]),
    ];
    for (const decision of decisions) if (!decision.allowed) throw rateLimitError(decision);
  },
});
