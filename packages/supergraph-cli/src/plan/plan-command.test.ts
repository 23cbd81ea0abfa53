import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import { describe, expect, test } from 'vitest';
import { createFolder, runIn, SMALL_GRAPH } from '../testing/small-graph.ts';
import { drawPlan } from './draw-plan.ts';
import { measurePlan } from './plan-operation.ts';

const fetch = (serviceName: string, isEntities = false): PlanNode => ({
  kind: 'Fetch',
  serviceName,
  operation: '',
  operationName: undefined,
  operationKind: 'query' as never,
  ...(isEntities ? { requires: [] } : {}),
});
const at = (path: string, node: PlanNode): PlanNode => ({ kind: 'Flatten', path: path.split('.'), node });
const plan = (node: PlanNode): QueryPlan => ({ kind: 'QueryPlan', node });

const BRANCHES = plan({
  kind: 'Sequence',
  nodes: [
    fetch('a'),
    {
      kind: 'Parallel',
      nodes: [
        { kind: 'Sequence', nodes: [at('x', fetch('b', true)), at('x.y', fetch('c', true))] },
        { kind: 'Condition', condition: 'more', ifClause: at('z', fetch('d', true)) },
      ],
    },
  ],
});

describe('measuring and drawing a plan', () => {
  test('counts all calls, the longest wait, and calls for entities', () => {
    expect(measurePlan(BRANCHES)).toEqual({ fetches: 4, depth: 3, entityCalls: 3 });
    expect(measurePlan({ kind: 'QueryPlan' })).toEqual({ fetches: 0, depth: 0, entityCalls: 0 });
    const deferred = plan({ kind: 'Defer', primary: { node: fetch('a') }, deferred: [{ depends: [], queryPath: [], node: fetch('b') }] });
    expect(measurePlan(deferred)).toEqual({ fetches: 2, depth: 2, entityCalls: 0 });
  });

  test('draws what waits for what', () => {
    expect(
      drawPlan(BRANCHES)
        .split('\n')
        .filter((line) => line.includes('>') && line.includes('--')),
    ).toEqual(['  client --> n1', '  n1 --> n2', '  n2 --> n3', '  n1 -->|"if $more"| n4']);
    expect(drawPlan(BRANCHES)).toContain('n3["c<br/><small>entities at x.y</small>"]');
  });
});

describe('plan', () => {
  test('plans each operation of a file, with what it costs', async () => {
    using graph = createFolder(SMALL_GRAPH);
    const { code, out } = await runIn(graph.folder, ['plan', 'shop/opinions.graphql', '--format', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([{ operation: 'Opinions', fetches: 3, depth: 3, entityCalls: 2, plan: { kind: 'QueryPlan' } }]);
    const text = await runIn(graph.folder, ['plan', 'shop/prices.graphql']);
    expect(text.out).toMatch(/^Prices: 1 fetch, depth 1, 0 entity calls\nQueryPlan \{\n {2}Fetch\(service: "products"\)/);
    expect((await runIn(graph.folder, ['plan', 'shop/prices.graphql', '--format', 'mermaid'])).out).toContain('```mermaid\nflowchart LR\n');
  });

  test('plans what is deferred with the rest, of the graph and of a contract', async () => {
    using graph = createFolder({
      ...SMALL_GRAPH,
      'later.graphql': 'query Later { products { name ... @defer(label: "opinions") { reviews { id } } } }\n',
    });
    for (const more of [[], ['--contract', 'public']]) {
      const { code, out, err } = await runIn(graph.folder, ['plan', 'later.graphql', '--format', 'json', ...more]);
      expect([code, err]).toEqual([0, '']);
      expect(JSON.parse(out)).toMatchObject([{ operation: 'Later', fetches: 2, depth: 2, entityCalls: 1 }]);
    }
  });

  test('refuses what the graph or the contract does not have, with its place', async () => {
    using graph = createFolder({ ...SMALL_GRAPH, 'margin.graphql': 'query Margin {\n  products { margin }\n}\nquery Other { reviews { id } }\n' });
    expect(await runIn(graph.folder, ['plan', 'margin.graphql', '--operation', 'Margin'])).toMatchObject({ code: 0, err: '' });
    const refused = await runIn(graph.folder, ['plan', 'margin.graphql', '--contract', 'public']);
    expect([refused.code, refused.err]).toEqual([1, '✗ margin.graphql:2:14: Cannot query field "margin" on type "Product".\n']);
    expect((await runIn(graph.folder, ['plan', 'margin.graphql', '--operation', 'Othr'])).err).toContain('did you mean Other?');
    expect((await runIn(graph.folder, ['plan', 'margin.graphql', '--contract', 'nope'])).err).toContain(
      "there is no contract 'nope'\n  → expected one of public",
    );
    expect(await runIn(graph.folder, ['plan', 'gone.graphql'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('gone.graphql cannot be read'),
    });
  });
});
