import { type DocumentNode, Kind, OperationTypeNode, parse, type SelectionSetNode } from 'graphql';
import { describe, expect, test } from 'vitest';
import { measureDocument, SATURATED } from './measure-operation.ts';

const spreadBomb = (count: number): string =>
  `{me{...F0}} ${Array.from({ length: count }, (_, i) => `fragment F${i} on U{...F${i + 1} ...F${i + 1}}`).join(' ')} fragment F${count} on U{x:id}`;

const name = (value: string) => ({ kind: Kind.NAME, value }) as const;

/** A document no parser would make: it would run out of stack. */
const nestedDocument = (levels: number): DocumentNode => {
  let selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [{ kind: Kind.FIELD, name: name('id') }] };
  for (let level = 1; level < levels; level += 1) {
    selectionSet = { kind: Kind.SELECTION_SET, selections: [{ kind: Kind.FIELD, name: name('me'), selectionSet }] };
  }
  return { kind: Kind.DOCUMENT, definitions: [{ kind: Kind.OPERATION_DEFINITION, operation: OperationTypeNode.QUERY, selectionSet }] };
};

const chain = (fragments: number): string =>
  `{...F0} ${Array.from({ length: fragments }, (_, i) => `fragment F${i} on U{a{...F${i + 1}}}`).join(' ')} fragment F${fragments} on U{id}`;

/** Milliseconds of this thread's CPU: what other processes do meanwhile does not count. */
const cpuOf = (work: () => unknown): number => {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
};

/** Mulberry32: the same numbers for the same seed, so that a failure can be seen again. */
const randomOf = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

type Random = ReturnType<typeof randomOf>;

const several = <Item>(count: number, make: (index: number) => Item): Item[] => Array.from({ length: count }, (_, index) => make(index));

/** What a fragment or an operation holds, as a tree that can be printed and counted the slow way. */
type Node = { alias: boolean; inner: Node[] } | { spread: number } | { inline: Node[] };

const randomNodes = (random: Random, depth: number, from: number, fragments: number): Node[] =>
  several(1 + random(3), (): Node => {
    const kind = random(6);
    if (kind === 0 && from < fragments) return { spread: from + random(fragments - from) };
    if (kind === 1 && depth > 0) return { inline: randomNodes(random, depth - 1, from, fragments) };
    return { alias: random(3) === 0, inner: depth > 0 && random(2) === 0 ? randomNodes(random, depth - 1, from, fragments) : [] };
  });

const printNode = (node: Node): string => {
  if ('spread' in node) return `...F${node.spread}`;
  return 'inline' in node ? `...${printNodes(node.inline)}` : `${node.alias ? 'x:' : ''}f${printNodes(node.inner)}`;
};

const printNodes = (nodes: Node[]): string => (nodes.length === 0 ? '' : `{${nodes.map(printNode).join(' ')}}`);

const innerOf = (node: Node, fragments: Node[][]): Node[] => {
  if ('spread' in node) return fragments[node.spread] ?? [];
  return 'inline' in node ? node.inline : node.inner;
};

const countSlowly = (nodes: Node[], fragments: Node[][], level: number) => {
  const sum = { depth: 0, aliases: 0, rootFields: 0, selections: 0 };
  for (const node of nodes) {
    const isField = 'inner' in node;
    const below = countSlowly(innerOf(node, fragments), fragments, isField ? level + 1 : level);
    sum.selections += 1 + below.selections;
    sum.aliases += below.aliases + (isField && node.alias ? 1 : 0);
    sum.depth = Math.max(sum.depth, below.depth, isField ? level + 1 : 0);
    sum.rootFields += isField ? Number(level === 0) : below.rootFields;
  }
  return sum;
};

describe('an operation is measured', () => {
  test.each([
    ['{a}', { depth: 1, aliases: 0, rootFields: 1, selections: 1 }],
    ['{a{b{c}} d:e}', { depth: 3, aliases: 1, rootFields: 2, selections: 4 }],
    ['{...{a ...{b}}}', { depth: 1, aliases: 0, rootFields: 2, selections: 4 }],
    ['{a{...F} b{...F}} fragment F on T{x:c{d}}', { depth: 3, aliases: 2, rootFields: 2, selections: 8 }],
    ['{...F} fragment F on Q{a b{...G}} fragment G on T{c}', { depth: 2, aliases: 0, rootFields: 2, selections: 5 }],
    ['{a{...F}} fragment F on T{b{...F}}', { depth: 2, aliases: 0, rootFields: 1, selections: 4 }],
    ['{a{...Missing}}', { depth: 1, aliases: 0, rootFields: 1, selections: 2 }],
  ])('%s', (query, expected) => {
    const { operations } = measureDocument(parse(query));
    expect(operations[0]).toMatchObject(expected);
  });

  test('2^n exactly while it can be counted, saturated beyond', () => {
    // The operation's own field and spread, then per level two spreads: 2 + 2·2 + … and 2^n leaves.
    const selections = (n: number): number => 2 + 2 * (2 ** n - 1) + 2 ** n;
    expect(measureDocument(parse(spreadBomb(10))).worst).toMatchObject({ selections: selections(10), aliases: 2 ** 10 });
    expect(measureDocument(parse(spreadBomb(60))).worst).toMatchObject({ selections: SATURATED, aliases: SATURATED });
  });

  test.each([
    ['100k levels', () => nestedDocument(100_000), SATURATED],
    ['10k levels', () => nestedDocument(10_000), 10_000],
    ['5k fragments in a chain', () => parse(chain(5_000)), 5_001],
  ])('with %s, at once', (label, make, depth) => {
    const document = make();
    const took = cpuOf(() => measureDocument(document));
    process.stdout.write(`measured ${label}: ${took.toFixed(2)} ms\n`);
    expect(measureDocument(document).worst.depth).toBe(depth);
    expect(took).toBeLessThan(200);
  });

  test.each([
    ['{a}', 0],
    ['{a(x:1)}', 0],
    ['{a(x:[])}', 1],
    ['{a(x:[1 2 3])}', 1],
    ['{a(x:{y:[[1]]})}', 3],
    ['{a @d(x:[[1]])}', 2],
    ['{a ...F} fragment F on Q {b(x:[[[$v]]])}', 3],
    ['query($v:[Int]=[1]){a}', 1],
    ['query($v:Int @d(x:{y:[1]})){a}', 2],
  ])('and how deep the values nest: %s', (query, depth) => {
    expect(measureDocument(parse(query)).valueDepth).toBe(depth);
  });

  test('directives of the whole text', () => {
    expect(measureDocument(parse('query A($x:Int @d) @d {a @d ...F @d ...@d{b}} fragment F on Q @d {c @d}')).directives).toBe(7);
  });

  test('as if every fragment were written out', () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const random = randomOf(seed);
      const count = random(6);
      const fragments = several(count, (index) => randomNodes(random, 2, index + 1, count));
      const operation = randomNodes(random, 3, 0, count);
      const definitions = fragments.map((nodes, index) => `fragment F${index} on T${printNodes(nodes)}`);
      const [measured] = measureDocument(parse([printNodes(operation), ...definitions].join('\n'))).operations;
      expect(measured, `seed ${seed}`).toMatchObject(countSlowly(operation, fragments, 0));
    }
  });
});
