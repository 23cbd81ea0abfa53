import { prettyFormatQueryPlan, type QueryPlan } from '@apollo/query-planner';
import type { ApolloServerPlugin, HeaderMap } from '@apollo/server';
import { toHiveQueryPlan } from './hive-query-plan.ts';
import type { RequestContext } from './request-context.ts';

/** Which dialects a request asked for, and the plan once there is one. */
interface PlanRequest {
  apollo: boolean;
  hive: boolean;
  dryRun: boolean;
  plan?: QueryPlan;
}

export interface QueryPlanExposure {
  /** Notes the plan of a request that asked for it. @returns true when the plan shall not be executed. */
  didPlan: (context: RequestContext, plan: QueryPlan) => boolean;
  plugin: ApolloServerPlugin<RequestContext>;
}

const planRequest = (headers: HeaderMap | undefined): PlanRequest | undefined => {
  const modeOf = (name: string): string | undefined => ['true', 'dry-run'].find((mode) => mode === headers?.get(name));
  const apollo = modeOf('apollo-expose-query-plan');
  const hive = modeOf('hive-expose-query-plan');
  if (apollo === undefined && hive === undefined) return undefined;
  return { apollo: apollo !== undefined, hive: hive !== undefined, dryRun: apollo === 'dry-run' || hive === 'dry-run' };
};

const extensionsOf = ({ apollo, hive, plan }: PlanRequest & { plan: QueryPlan }): Record<string, unknown> => ({
  ...(apollo ? { apolloQueryPlan: { object: { kind: 'QueryPlan', node: plan.node }, text: prettyFormatQueryPlan(plan) } } : {}),
  ...(hive ? { queryPlan: toHiveQueryPlan(plan) } : {}),
});

/**
 * Shows query plans to those who ask by header, as Apollo Router (`Apollo-Expose-Query-Plan`) and Hive Router
 * (`Hive-Expose-Query-Plan`) do: `true` beside the data, `dry-run` instead of it.
 */
export const createQueryPlanExposure = (): QueryPlanExposure => {
  // By context: the gateway makes a request object of its own, the context is the one thing both sides share.
  const requests = new WeakMap<object, PlanRequest>();
  return {
    didPlan: (context, plan) => {
      const request = requests.get(context);
      if (request === undefined) return false;
      request.plan = plan;
      return request.dryRun;
    },
    plugin: {
      requestDidStart: async ({ request, contextValue }) => {
        const wanted = planRequest(request.http?.headers);
        if (wanted === undefined) return;
        requests.set(contextValue, wanted);
        return {
          willSendResponse: async ({ response }) => {
            const { plan, dryRun } = wanted;
            if (response.body.kind !== 'single' || plan === undefined) return;
            const { singleResult } = response.body;
            if (dryRun) {
              singleResult.data = null;
              delete singleResult.errors;
            }
            singleResult.extensions = { ...(dryRun ? {} : singleResult.extensions), ...extensionsOf({ ...wanted, plan }) };
          },
        };
      },
    },
  };
};
