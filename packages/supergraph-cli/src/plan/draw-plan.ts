import type { PlanNode, QueryPlan, SubscriptionNode } from '@apollo/query-planner';

type Node = PlanNode | SubscriptionNode;

/** The drawing so far: nodes are numbered in the order in which they are drawn. */
interface Drawing {
  lines: string[];
  count: number;
}

const labelOf = (node: Extract<Node, { kind: 'Fetch' }>, path: string): string => {
  const how = node.requires === undefined ? node.operationKind : `entities at ${path}`;
  return `${node.serviceName}<br/><small>${how.replaceAll(/["<>]/g, '')}</small>`;
};

const connect = (drawing: Drawing, from: readonly string[], to: string, note: string): void => {
  for (const id of from) drawing.lines.push(`  ${id} -->${note === '' ? '' : `|"${note}"|`} ${to}`);
};

const drawAll = (drawing: Drawing, nodes: readonly (Node | undefined)[], from: readonly string[], path: string, notes: readonly string[]): string[] =>
  nodes.flatMap((node, index) => (node === undefined ? [] : draw(drawing, node, from, path, notes[index] ?? '')));

const drawInTurn = (drawing: Drawing, nodes: readonly (Node | undefined)[], from: readonly string[], path: string, note: string): string[] =>
  nodes.reduce<readonly string[]>(
    (ends, node, index) => (node === undefined ? ends : draw(drawing, node, ends, path, index === 0 ? note : '')),
    from,
  ) as string[];

/** Draws a node behind those in `from`. @returns the ids of what ends it. */
const draw = (drawing: Drawing, node: Node, from: readonly string[], path: string, note: string): string[] => {
  switch (node.kind) {
    case 'Fetch': {
      const id = `n${++drawing.count}`;
      drawing.lines.push(`  ${id}["${labelOf(node, path)}"]`);
      connect(drawing, from, id, note);
      return [id];
    }
    case 'Flatten':
      return draw(drawing, node.node, from, node.path.join('.'), note);
    case 'Sequence':
      return drawInTurn(drawing, node.nodes, from, path, note);
    case 'Parallel':
      return drawAll(
        drawing,
        node.nodes,
        from,
        path,
        node.nodes.map(() => note),
      );
    case 'Condition':
      return drawAll(drawing, [node.ifClause, node.elseClause], from, path, [`if $${node.condition}`, `if not $${node.condition}`]);
    case 'Subscription':
      return drawInTurn(drawing, [node.primary, node.rest], from, path, note);
    case 'Defer': {
      const ends = drawInTurn(drawing, [node.primary.node], from, path, note);
      return drawAll(
        drawing,
        node.deferred.map((deferred) => deferred.node),
        ends,
        path,
        node.deferred.map(() => 'deferred'),
      );
    }
  }
};

/** A plan as a Mermaid flow chart: GitHub and GitLab draw it in Markdown. */
export const drawPlan = ({ node }: QueryPlan): string => {
  const drawing: Drawing = { lines: ['flowchart LR', '  client(["client"])'], count: 0 };
  if (node !== undefined) draw(drawing, node, ['client'], '', '');
  return `${drawing.lines.join('\n')}\n`;
};
