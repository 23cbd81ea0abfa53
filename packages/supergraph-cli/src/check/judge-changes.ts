import type { GraphQLSchema } from 'graphql';
import { GRAPH } from '../clients.ts';
import type { ClientOperation } from './client-operations.ts';
import { type Effect, isValid, judgeOperation } from './judge-operation.ts';
import { diffSchemas, type SchemaChange } from './schema-changes.ts';
import { ruleOf } from './verdicts.ts';

/** What a change does to an operation, and which. */
export interface OperationEffect extends Effect {
  operation: ClientOperation;
}

export interface JudgedChange extends SchemaChange {
  /** Where it shows: `graph`, and the contracts by name. */
  schemas: string[];
  effects: OperationEffect[];
}

export interface Judgement {
  changes: JudgedChange[];
  /** Operations that break though no single change explains it. */
  unexplained: OperationEffect[];
  /** Operations the base served, and therefore were judged. */
  judged: number;
  /** Operations that neither side serves. */
  invalid: ClientOperation[];
}

export type Schemas = ReadonlyMap<string, GraphQLSchema>;

const contractChange = (rule: 'CONTRACT_REMOVED' | 'CONTRACT_ADDED', name: string): SchemaChange => ({
  rule,
  coordinate: name,
  message: `Contract '${name}' was ${rule === 'CONTRACT_REMOVED' ? 'removed: its clients lose their endpoint' : 'added'}`,
  ...ruleOf(rule),
});

const changesOf = async (name: string, base: GraphQLSchema | undefined, head: GraphQLSchema | undefined): Promise<SchemaChange[]> => {
  if (base === undefined) return [contractChange('CONTRACT_ADDED', name)];
  if (head === undefined) return [contractChange('CONTRACT_REMOVED', name)];
  return diffSchemas(base, head);
};

/** A contract drops types that nothing in it reaches: a consequence of another change, which is told. */
const isConsequence = ({ rule, coordinate }: SchemaChange, name: string, base: Schemas, head: Schemas): boolean =>
  name !== GRAPH &&
  (rule === 'TYPE_REMOVED' || rule === 'TYPE_ADDED') &&
  [base, head].every((side) => side.get(GRAPH)?.getType(coordinate) !== undefined);

const effectsOf = (operation: ClientOperation, base: GraphQLSchema, head: GraphQLSchema | undefined, changes: readonly SchemaChange[]): Effect[] => {
  if (head === undefined)
    return changes.map((change) => ({ kind: 'breaks', change, message: change.message, file: operation.file, line: 1, column: 1 }));
  return base === head ? [] : judgeOperation(operation.document, { base, head, changes });
};

const isServed = (schema: GraphQLSchema | undefined, { document }: ClientOperation): boolean => schema !== undefined && isValid(schema, document);

const keyOf = ({ rule, coordinate, message }: SchemaChange): string => `${rule} ${coordinate} ${message}`;

const ORDER = ['breaking', 'dangerous', 'safe'];

/**
 * Judges what differs between two sets of API schemas by rule and against operations, each on the schema that serves it.
 * The same change of the graph and of contracts is one change that shows in several schemas.
 */
export const judgeChanges = async (base: Schemas, head: Schemas, operations: readonly ClientOperation[]): Promise<Judgement> => {
  const merged = new Map<string, JudgedChange>();
  const judgement: Judgement = { changes: [], unexplained: [], judged: 0, invalid: [] };
  const judge = (operation: ClientOperation, changes: readonly SchemaChange[]): void => {
    const [before, after] = [base.get(operation.schema), head.get(operation.schema)];
    if (before === undefined || !isServed(before, operation)) {
      if (!isServed(after, operation)) judgement.invalid.push(operation);
      return;
    }
    judgement.judged += 1;
    for (const effect of effectsOf(operation, before, after, changes)) {
      const change = effect.change === undefined ? undefined : merged.get(keyOf(effect.change));
      (change?.effects ?? judgement.unexplained).push({ ...effect, operation });
    }
  };
  for (const name of new Set([...base.keys(), ...head.keys()])) {
    const changes = (await changesOf(name, base.get(name), head.get(name))).filter((change) => !isConsequence(change, name, base, head));
    for (const change of changes) {
      const known = merged.get(keyOf(change));
      if (known === undefined) merged.set(keyOf(change), { ...change, schemas: [name], effects: [] });
      else known.schemas.push(name);
    }
    for (const operation of operations) if (operation.schema === name) judge(operation, changes);
  }
  judgement.changes = [...merged.values()].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  return judgement;
};
