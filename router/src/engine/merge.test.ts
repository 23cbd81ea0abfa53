import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compilePlan, type FetchStep } from './compiled-plan.ts';
import { executePlan } from './execute-plan.ts';
import { merge, mergedFields } from './merge.ts';

const fetchOf = (operation: string): FetchStep =>
  compilePlan({
    kind: 'QueryPlan',
    node: { kind: 'Fetch', serviceName: 'a', operation, operationName: undefined, operationKind: 'query' as never },
  }) as FetchStep;

describe('what a hostile subgraph sends', () => {
  const hostile = JSON.parse(
    '{"me":{"name":"x","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}},"__proto__":{"polluted":1},"extra":1}',
  );

  it('is merged only where it was asked for', () => {
    const target: Record<string, unknown> = { me: { id: '1' } };
    merge(target, hostile, mergedFields(fetchOf('{ me { name } }').selects));
    expect(JSON.stringify(target)).toBe('{"me":{"id":"1","name":"x"}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('is merged as a leaf too, of names that objects inherit: what is there, and nothing that is not', () => {
    const { selects } = fetchOf('{ __proto__: name constructor: name toString: name }');
    const target: Record<string, unknown> = { id: '1' };
    merge(target, JSON.parse('{"__proto__":{"polluted":1},"constructor":"x"}'), mergedFields(selects));
    expect(JSON.stringify(target)).toBe('{"id":"1","__proto__":{"polluted":1},"constructor":"x"}');
    expect(Object.hasOwn(target, 'toString')).toBe(false);
    expect(Object.getPrototypeOf(target)).toBe(Object.prototype);
  });

  it('does not change what objects inherit, even under a name that was asked for', async () => {
    const step = fetchOf('{ __proto__: me { name } constructor: me { name } }');
    const answer = JSON.parse('{"__proto__":{"polluted":1,"name":"x"},"constructor":{"prototype":{"polluted":1},"name":"y"}}');
    const supergraphSchema = buildSchema('type Query { me: Int }');
    const { data } = await executePlan({
      step,
      supergraphSchema,
      variables: {},
      isTrue: () => false,
      copy: structuredClone,
      send: async () => ({ data: answer }),
    });
    expect(Object.hasOwn(data, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('a fetch that was made before in the request', () => {
  const twice = (kind: 'query' | 'mutation') =>
    compilePlan({
      kind: 'QueryPlan',
      node: {
        kind: 'Sequence',
        nodes: ['A', 'B'].map((name) => ({
          kind: 'Fetch' as const,
          serviceName: 'a',
          operation: `${kind} ${name} { me { name } }`,
          operationName: name,
          operationKind: kind as never,
        })),
      },
    });
  const runTwice = async (kind: 'query' | 'mutation') => {
    let sent = 0;
    const supergraphSchema = buildSchema('type Query { me: Int }');
    const send = async () => ({ data: { me: { name: String(++sent) } } });
    const { data } = await executePlan({ step: twice(kind), supergraphSchema, variables: {}, isTrue: () => false, copy: structuredClone, send });
    return { sent, data };
  };

  it('is not made again', async () => {
    expect(await runTwice('query')).toEqual({ sent: 1, data: { me: { name: '1' } } });
  });

  it('is made again when it is a mutation', async () => {
    expect(await runTwice('mutation')).toEqual({ sent: 2, data: { me: { name: '2' } } });
  });
});

describe('a plan', () => {
  it('with a node that is not known is not executed half', () => {
    expect(() => compilePlan({ kind: 'QueryPlan', node: { kind: 'Sequence', nodes: [{ kind: 'Teleport' } as never] } })).toThrow('Teleport');
    expect(() => compilePlan({ kind: 'QueryPlan', node: { kind: 'Defer', primary: {}, deferred: [] } })).toThrow('Defer');
  });
});
