import type { PlanNode, QueryPlan } from '@apollo/query-planner';

type HivePathElement = '@' | { Field: string };

const toHivePath = (path: readonly (string | number)[]): HivePathElement[] =>
  path.map((element) => (element === '@' ? element : { Field: String(element) }));

const toHiveNode = (node: PlanNode): object => {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(toHiveNode) };
    case 'Flatten':
      return { ...node, path: toHivePath(node.path), node: toHiveNode(node.node) };
    case 'Condition':
      return {
        ...node,
        ...(node.ifClause === undefined ? {} : { ifClause: toHiveNode(node.ifClause) }),
        ...(node.elseClause === undefined ? {} : { elseClause: toHiveNode(node.elseClause) }),
      };
    case 'Fetch': {
      // Hive's rewrites are shaped otherwise than Apollo's, and one unknown shape makes its reader drop the whole plan.
      const { inputRewrites: _input, outputRewrites: _output, ...fetch } = node;
      return fetch;
    }
    default:
      return node;
  }
};

/** The plan in the dialect of Hive Router and Hive Laboratory, which write paths as objects. */
export const toHiveQueryPlan = (plan: QueryPlan): object => ({
  kind: 'QueryPlan',
  ...(plan.node === undefined || plan.node.kind === 'Subscription' ? {} : { node: toHiveNode(plan.node) }),
});
