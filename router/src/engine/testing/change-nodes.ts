import type { PlanNode, QueryPlan } from '@apollo/query-planner';

const changeBelow = (node: PlanNode, change: (node: PlanNode) => PlanNode): PlanNode => {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((child) => changeNode(child, change)) };
    case 'Flatten':
      return { ...node, node: changeNode(node.node, change) };
    case 'Condition':
      return {
        ...node,
        ...(node.ifClause === undefined ? {} : { ifClause: changeNode(node.ifClause, change) }),
        ...(node.elseClause === undefined ? {} : { elseClause: changeNode(node.elseClause, change) }),
      };
    default:
      return node;
  }
};

const changeNode = (node: PlanNode, change: (node: PlanNode) => PlanNode): PlanNode => change(changeBelow(node, change));

/** A plan with each of its nodes changed, the inner ones first. */
export const changeNodes = (plan: QueryPlan, change: (node: PlanNode) => PlanNode): QueryPlan => {
  const { node } = plan;
  return node === undefined || node.kind === 'Subscription' ? plan : { ...plan, node: changeNode(node, change) as typeof node };
};
