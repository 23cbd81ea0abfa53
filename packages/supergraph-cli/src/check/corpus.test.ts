import { filterSupergraph } from '@supergraph/contracts/filter-supergraph';
import { buildSchema, type GraphQLSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { GRAPH } from '../clients.ts';
import { composeDocuments } from '../compose.ts';
import type { ClientOperation } from './client-operations.ts';
import { type Executed, executeOnBoth } from './corpus/execute-operation.ts';
import { FEDERATION_CHANGES } from './corpus/federation-changes.ts';
import { MOBILE, OPERATIONS } from './corpus/graph.ts';
import { INPUT_CHANGES } from './corpus/input-changes.ts';
import { OUTPUT_CHANGES } from './corpus/output-changes.ts';
import { type SchemaCase, sourcesOf } from './corpus/schema-case.ts';
import { type Judgement, judgeChanges } from './judge-changes.ts';
import { apiSdl } from './side.ts';

const CASES = [...OUTPUT_CHANGES, ...INPUT_CHANGES, ...FEDERATION_CHANGES];

const schemasOf = (change: Pick<SchemaCase, 'name' | 'edits' | 'exclude'>): Map<string, GraphQLSchema> => {
  const { supergraphSdl, problems } = composeDocuments(sourcesOf(change));
  if (supergraphSdl === undefined) throw new Error(`${change.name} does not compose: ${problems[0]?.message}`);
  const mobile = filterSupergraph(supergraphSdl, { ...MOBILE, exclude: [...(change.exclude ?? MOBILE.exclude)] } as Parameters<
    typeof filterSupergraph
  >[1]);
  if (mobile.problems !== undefined) throw new Error(`${change.name} leaves no contract: ${mobile.problems[0]?.message}`);
  return new Map([
    [GRAPH, buildSchema(apiSdl(supergraphSdl))],
    ['mobile', mobile.schema],
  ]);
};

const operations: ClientOperation[] = Object.entries(OPERATIONS).map(([name, { schema, text }]) => ({
  client: 'corpus',
  name,
  schema,
  document: parse(text),
  file: `${name}.graphql`,
  hash: '',
  hasLines: true,
}));

const judgedChanges = ({ changes }: Judgement): string[] =>
  changes.map(({ verdict, rule, coordinate, schemas }) => `${verdict} ${rule} ${coordinate}${schemas.includes(GRAPH) ? '' : ` (${schemas.join()})`}`);

const judgedOperations = ({ changes, unexplained }: Judgement): Record<string, Executed> => {
  const effects = [...changes.flatMap((change) => change.effects), ...unexplained];
  return Object.fromEntries(
    operations.map(({ name }) => {
      const own = effects.filter(({ operation }) => operation.name === name);
      return [name, own.some(({ kind }) => kind === 'breaks') ? 'breaks' : own.length > 0 ? 'risky' : 'works'];
    }),
  );
};

const executedOperations = (base: Map<string, GraphQLSchema>, head: Map<string, GraphQLSchema>): Record<string, Executed> =>
  Object.fromEntries(
    operations.map(({ name, schema, document }) => {
      const [before, after] = [base.get(schema), head.get(schema)];
      if (before === undefined || after === undefined) throw new Error(`no schema ${schema}`);
      return [name, executeOnBoth(before, after, document, OPERATIONS[name]?.variables ?? [{}])];
    }),
  );

const expectedOperations = ({ breaks = [], risky = [] }: SchemaCase): Record<string, Executed> =>
  Object.fromEntries(operations.map(({ name }) => [name, breaks.includes(name) ? 'breaks' : risky.includes(name) ? 'risky' : 'works']));

test(`the corpus: ${CASES.length} of ${CASES.length} changes are judged right, by rule and by operation, and executing every operation proves it`, async () => {
  const base = schemasOf({ name: 'the graph itself', edits: [] });
  const wrong: unknown[] = [];
  for (const change of CASES) {
    const head = schemasOf(change);
    const judgement = await judgeChanges(base, head, operations);
    const expected = { changes: [...change.changes].sort(), operations: expectedOperations(change) };
    const judged = { changes: judgedChanges(judgement).sort(), operations: judgedOperations(judgement) };
    const executed = executedOperations(base, head);
    const differing = operations
      .map(({ name }) => `${name}: expected ${expected.operations[name]}, judged ${judged.operations[name]}, executed ${executed[name]}`)
      .filter((text, index) => {
        const name = operations[index]?.name ?? '';
        return new Set([expected.operations[name], judged.operations[name], executed[name]]).size > 1 && text !== '';
      });
    const changesDiffer = JSON.stringify(expected.changes) !== JSON.stringify(judged.changes);
    if (changesDiffer || differing.length > 0)
      wrong.push({ case: change.name, ...(changesDiffer ? { expected: expected.changes, judged: judged.changes } : {}), operations: differing });
    for (const { source, rule } of judgement.changes)
      expect(source, rule).toMatch(/^https:\/\/spec\.graphql\.org\/|^graphql-js find|^GraphQL Inspector: |^docs\//);
  }
  expect(wrong).toEqual([]);
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
  expect(CASES.length).toBeGreaterThanOrEqual(60);
}, 120_000);
