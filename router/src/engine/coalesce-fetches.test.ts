import type { PlanNode } from '@apollo/query-planner';
import { buildSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { SubgraphAnswer } from '../subgraphs/subgraph-failure.ts';
import { createCoalescer } from './coalesce-fetches.ts';
import { type Ask, compilePlan, type Step } from './compiled-plan.ts';
import { executePlan } from './execute-plan.ts';
import type { Data } from './merge.ts';

const supergraphSchema = buildSchema('type Query { items: [Item] } type Item { id: ID a: Int b: Int c(x: Int): Int d: Int }');

const root: PlanNode = {
  kind: 'Fetch',
  serviceName: 'list',
  operation: 'query Q__list__0{items{__typename id}}',
  operationName: 'Q__list__0',
  operationKind: 'query' as never,
};

const entities = (field: string, options: { service?: string; uses?: string[]; definitions?: string; fragment?: string } = {}): PlanNode => {
  const { service = 'facts', uses = [], definitions = '', fragment = '' } = options;
  const name = `Q__${service}__${field.slice(0, 1)}`;
  return {
    kind: 'Flatten',
    path: ['items', '@'],
    node: {
      kind: 'Fetch',
      serviceName: service,
      operation: `query ${name}($representations:[_Any!]!${definitions}){_entities(representations:$representations){...on Item{${field}}}}${fragment}`,
      operationName: name,
      operationKind: 'query' as never,
      variableUsages: uses,
      requires: [
        {
          kind: 'InlineFragment',
          typeCondition: 'Item',
          selections: [
            { kind: 'Field', name: '__typename' },
            { kind: 'Field', name: 'id' },
          ],
        },
      ],
    },
  };
};

const sequence = (...nodes: PlanNode[]): PlanNode => ({ kind: 'Sequence', nodes });
const parallel = (...nodes: PlanNode[]): PlanNode => ({ kind: 'Parallel', nodes });

const ITEMS = [
  { __typename: 'Item', id: '1' },
  { __typename: 'Item', id: '2' },
  { __typename: 'Item', id: '1' },
];

/** What a subgraph answers that knows every field of an item as its id and its name. */
const answerOf = ({ operation }: Ask, variables: Data): Data => {
  const definition = parse(operation).definitions[0];
  const fields = definition?.kind === 'OperationDefinition' ? definition.selectionSet.selections : [];
  return Object.fromEntries(
    fields.map((field) => {
      if (field.kind !== 'Field') throw new Error(operation);
      const given = field.arguments?.[0]?.value;
      const representations = given?.kind === 'Variable' ? (variables[given.name.value] as { id: string }[]) : [];
      const names = /\{\.\.\.on Item\{([^}]*)\}\}/.exec(operation.slice(field.loc?.start))?.[1] ?? '';
      const [name = ''] = /^\w+/.exec(names) ?? [];
      return [field.alias?.value ?? field.name.value, representations.map(({ id }) => ({ [name]: `${name}${id}` }))];
    }),
  );
};

type Answer = (ask: Ask, variables: Data) => SubgraphAnswer | undefined;

const runPlan = async (
  node: PlanNode,
  { coalesces = true, variables = {}, answer = () => undefined }: { coalesces?: boolean; variables?: Data; answer?: Answer } = {},
) => {
  const sent: { ask: Ask; variables: Data; text: string }[] = [];
  const result = await executePlan({
    step: compilePlan({ kind: 'QueryPlan', node }),
    supergraphSchema,
    variables,
    isTrue: () => false,
    copy: structuredClone,
    coalesces: () => coalesces,
    send: async (ask, own, text) => {
      sent.push({ ask, variables: own, text });
      if (ask.service === 'list') return { data: { items: structuredClone(ITEMS) } };
      return answer(ask, own) ?? { data: answerOf(ask, own) };
    },
  });
  const errors = result.errors.map(({ message, path }) => `${message} ${path?.join('.')}`).sort();
  return { data: result.data, errors, sent: sent.filter(({ ask }) => ask.service !== 'list') };
};

/** The same with each fetch in a request of its own. */
const runApart = (node: PlanNode, options: { variables?: Data; answer?: Answer } = {}) => runPlan(node, { ...options, coalesces: false });

describe('fetches of entities of one subgraph', () => {
  it('that are ready together go in one request, their variables apart and what is asked by both shared', async () => {
    const plan = sequence(
      root,
      parallel(
        entities('a ...F', { fragment: 'fragment F on Item{__typename}' }),
        entities('b', { definitions: ',$x:Int', uses: ['x'] }),
        entities('c(x:$x)', { definitions: ',$x:Int', uses: ['x'] }),
      ),
    );
    const together = await runPlan(plan, { variables: { x: 3, unused: 1 } });
    const apart = await runApart(plan, { variables: { x: 3, unused: 1 } });
    expect(together.data).toEqual(apart.data);
    expect([together.sent.length, apart.sent.length]).toEqual([1, 3]);
    const [{ ask, variables, text } = { ask: undefined, variables: undefined, text: '' }] = together.sent;
    expect(JSON.parse(text)).toEqual(variables);
    expect(Object.keys(variables ?? {}).sort()).toEqual(['representations_0', 'representations_1', 'representations_2', 'x']);
    expect(ask?.operation).toContain('fragment F__0 on Item');
    expect(together.data).toMatchObject({ items: [{ a: 'a1', b: 'b1', c: 'c1' }, { a: 'a2' }, { a: 'a1' }] });
  });

  it('that nothing waits for wait themselves for those that come later, but not for long', async () => {
    const quick = sequence(root, parallel(entities('a'), sequence(entities('d', { service: 'other' }), entities('b'))));
    expect((await runPlan(quick)).sent.map(({ ask }) => ask.service)).toEqual(['other', 'facts']);
    const slow: Answer = ({ service }) =>
      service === 'other' ? (new Promise((resolve) => setTimeout(resolve, 60, { data: { _entities: [] } })) as never) : undefined;
    expect((await runPlan(quick, { answer: slow })).sent.map(({ ask }) => ask.service)).toEqual(['other', 'facts', 'facts']);
  });

  it('are not mixed with those of another subgraph, and nothing is sent for nothing', async () => {
    const { sent } = await runPlan(sequence(root, parallel(entities('a'), entities('b'), entities('d', { service: 'other' }))));
    expect(sent.map(({ ask }) => ask.service).sort()).toEqual(['facts', 'other']);
    const nowhere: PlanNode = { ...(entities('b') as object), path: ['nothing', '@'] } as PlanNode;
    const one = await runPlan(sequence(root, parallel(entities('a'), nowhere)));
    expect(one.sent.map(({ ask }) => ask.operation.includes('_entities_'))).toEqual([false]);
  });

  it('get their own errors, at every place where an entity stands', async () => {
    const plan = sequence(root, parallel(entities('a'), entities('b')));
    const failing: Answer = (ask, variables) => {
      const data = answerOf(ask, variables);
      const alias = Object.keys(data).at(-1) ?? '';
      (data[alias] as unknown[])[0] = null;
      const errors = ask.operation.includes('{b}') ? [{ message: 'no b', path: [alias, 0, 'b'] }] : [];
      return ask.operation.includes('{b}') ? { data, errors } : undefined;
    };
    const together = await runPlan(plan, { answer: failing });
    expect(together.sent.length).toBe(1);
    expect(together.errors).toEqual(['no b items.0.b', 'no b items.2.b']);
    expect(together).toMatchObject({ ...(await runApart(plan, { answer: failing })), sent: together.sent });
  });

  it('are asked again one by one when one of them spoils the answer for all', async () => {
    const plan = sequence(root, parallel(entities('a'), entities('b')));
    const strict: Answer = ({ operation }) =>
      operation.includes('{b}')
        ? { data: null, errors: [{ message: 'b is broken', path: [operation.includes('_entities_1') ? '_entities_1' : '_entities'] }] }
        : undefined;
    const together = await runPlan(plan, { answer: strict });
    const apart = await runApart(plan, { answer: strict });
    expect(together.sent.length).toBe(3);
    expect({ ...together, sent: [] }).toEqual({ ...apart, sent: [] });
    expect(together.data).toMatchObject({ items: [{ a: 'a1' }, { a: 'a2' }, { a: 'a1' }] });
  });

  it('of which one has groups by context go in one request, each group with variables of its own, which are also told as JSON', async () => {
    const plain = entities('a', { definitions: ',$x:Int', uses: ['x'] });
    const contextual = entities('c(x:$contextualArgument_1_0)', { definitions: ',$contextualArgument_1_0:ID', uses: ['contextualArgument_1_0'] });
    const node = contextual.kind === 'Flatten' && contextual.node.kind === 'Fetch' ? contextual.node : undefined;
    if (node !== undefined) node.contextRewrites = [{ kind: 'KeyRenamer', path: ['id'], renameKeyTo: 'contextualArgument_1_0' }];
    const plan = sequence(root, parallel(plain, contextual));
    const variables = { x: 3, contextualArgument_1_0: 'of a client' };
    const { data, sent } = await runPlan(plan, { variables });
    expect(data).toMatchObject({
      items: [
        { a: 'a1', c: 'c1' },
        { a: 'a2', c: 'c2' },
        { a: 'a1', c: 'c1' },
      ],
    });
    const [{ ask, variables: given, text } = { ask: undefined, variables: {}, text: '' }, ...more] = sent;
    expect(more).toEqual([]);
    expect(JSON.parse(text)).toEqual(given);
    const item = (id: string) => [{ __typename: 'Item', id }];
    const representations = { representations_0: [...item('1'), ...item('2')], representations_1: item('1'), representations_2: item('2') };
    expect(given).toEqual({ x: 3, contextualArgument_1_0_1: '1', contextualArgument_1_0_2: '2', ...representations });
    expect(ask?.operation).toContain('$contextualArgument_1_0_2:ID');
    const apart = await runPlan(plan, { variables, coalesces: false });
    expect(apart.data).toEqual(data);
    expect(apart.sent.map(({ text, variables: own }) => [JSON.parse(text), Object.keys(own).length])).toEqual([
      [{ x: 3, representations: representations.representations_0 }, 2],
      [{ contextualArgument_1_0_0: '1', contextualArgument_1_0_1: '2', representations_0: item('1'), representations_1: item('2') }, 4],
    ]);
  });

  it('are not asked again when the subgraph cannot be reached', async () => {
    const down: Answer = () => ({ data: null, errors: [{ message: 'down', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] });
    const plan = sequence(root, parallel(entities('a'), entities('b')));
    const together = await runPlan(plan, { answer: down });
    expect(together.sent.length).toBe(1);
    expect({ ...together, sent: [] }).toEqual({ ...(await runApart(plan, { answer: down })), sent: [] });
    expect(together.errors).toEqual(['down items', 'down items']);
  });

  it('are asked one by one when it is only together that they are too large', async () => {
    const failure = { data: null, errors: [{ message: 'large', extensions: { code: 'SUBGRAPH_RESPONSE_TOO_LARGE' } }] };
    const small: Answer = ({ operation }) => (operation.includes('_entities_1') ? failure : undefined);
    const together = await runPlan(sequence(root, parallel(entities('a'), entities('b'))), { answer: small });
    expect(together.sent.length).toBe(3);
    expect(together.errors).toEqual([]);
    expect(together.data).toMatchObject({ items: [{ a: 'a1', b: 'b1' }, { a: 'a2' }, { a: 'a1' }] });
  });

  it('give their share once more as it came, whatever became of it', async () => {
    const plan = compilePlan({ kind: 'QueryPlan', node: parallel(entities('a'), entities('b')) });
    const steps = plan?.kind === 'parallel' ? plan.steps.map((step) => (step.kind === 'flatten' ? step.step : step)) : [];
    const fetches = steps.flatMap((step) => (step.kind === 'fetch' ? [step] : []));
    const text = '{"data":{"_entities_0":[{"a":{"x":1}}],"_entities_1":[{"b":2}]}}';
    const coalescer = createCoalescer({
      plan: plan as Step,
      coalesces: () => true,
      send: async () => JSON.parse(text),
      copy: () => JSON.parse(text),
    });
    for (const fetch of fetches) coalescer.reached(fetch);
    const shares = await Promise.all(fetches.map((fetch) => coalescer.ask({ fetch, variables: {}, representations: [{}], text: '[{}]' })));
    const expected = [{ data: { _entities: [{ a: { x: 1 } }] } }, { data: { _entities: [{ b: 2 }] } }];
    expect(shares).toEqual(expected);
    const [first] = shares as { data: { _entities: { a: unknown }[] } }[];
    for (const entity of first?.data._entities ?? []) entity.a = 'changed';
    expect(shares.map(coalescer.copy)).toEqual(expected);
    coalescer.close();
  });
});
