import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DocumentNode } from 'graphql';
import { z } from 'zod';
import { createOperationPlanner, measurePlan, type PlanMeasure } from '../plan/plan-operation.ts';
import type { ClientOperation } from './client-operations.ts';
import type { Finding } from './finding.ts';
import { readYaml } from './settings.ts';

export const BUDGETS_FILE = 'supergraph.budgets.yaml';

const whole = z.int().min(0);
const shape = z.record(z.string(), z.record(z.string(), z.strictObject({ fetches: whole, depth: whole, entityCalls: whole })));

type Budgets = z.infer<typeof shape>;
type Costs = Readonly<Record<string, Readonly<Record<string, PlanMeasure>>>>;

const MEASURES = ['fetches', 'depth', 'entityCalls'] as const;
const LABELS = { fetches: 'fetches', depth: 'depth', entityCalls: 'entity calls' } as const;

const HEADER = `# What each client operation may cost the subgraphs, as the router plans it: fetches in all, how many of them wait for each other (depth), and
# how many complete entities of another subgraph. supergraph check fails when an operation becomes costlier than it says here.
# Written by supergraph check --update-budgets.
`;

const measure = (planner: ReturnType<typeof createOperationPlanner>, document: DocumentNode): PlanMeasure | undefined => {
  try {
    return measurePlan(planner.plan(document));
  } catch {
    return undefined; // Not valid on this schema: the section about operations tells why.
  }
};

/** Plans every operation as the router would. Operations that cannot be planned are left out. */
export const measureOperations = (supergraphSdl: string, operations: readonly ClientOperation[]): Costs => {
  const costs: Record<string, Record<string, PlanMeasure>> = {};
  if (operations.length === 0) return costs;
  const planner = createOperationPlanner(supergraphSdl);
  for (const { client, name, document } of operations) {
    const cost = measure(planner, document);
    if (cost !== undefined) costs[client] = { ...costs[client], [name]: cost };
  }
  return costs;
};

const sorted = <Value>(record: Readonly<Record<string, Value>>): [string, Value][] => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
const key = (name: string): string => (/^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name));

/** Writes what operations cost now as what they may cost. @returns the file. */
export const writeBudgets = (root: string, costs: Costs): string => {
  const clients = sorted(costs).map(([client, operations]) => {
    const rows = sorted(operations).map(([name, cost]) => `  ${key(name)}: { ${MEASURES.map((one) => `${one}: ${cost[one]}`).join(', ')} }\n`);
    return `${key(client)}:\n${rows.join('')}`;
  });
  writeFileSync(join(root, BUDGETS_FILE), HEADER + clients.join(''));
  return BUDGETS_FILE;
};

const UPDATE = 'supergraph check --update-budgets, and commit the file: its diff says what it costs';

const about = (rule: string, severity: Finding['severity'], coordinate: string, message: string): Finding => ({
  section: 'budgets',
  severity,
  rule,
  coordinate,
  message,
  advice: UPDATE,
  place: { file: BUDGETS_FILE, line: 1, column: 1 },
});

const compare = (coordinate: string, cost: PlanMeasure, budget: PlanMeasure | undefined): Finding[] => {
  if (budget === undefined) return [about('BUDGET_MISSING', 'error', coordinate, 'the operation is new: its budget is not recorded')];
  const differences = MEASURES.filter((one) => cost[one] !== budget[one]);
  const said = differences.map((one) => `${LABELS[one]} ${budget[one]} → ${cost[one]}`).join(', ');
  if (differences.some((one) => cost[one] > budget[one]))
    return [about('BUDGET_EXCEEDED', 'error', coordinate, `the operation became costlier: ${said}`)];
  return differences.length === 0 ? [] : [about('BUDGET_LOOSE', 'warning', coordinate, `the operation became cheaper: ${said}`)];
};

/**
 * Compares what operations cost with the committed budgets.
 * @param operations all there are, also those that cannot be planned.
 * @throws StartupError when the file is wrong.
 */
export const checkBudgets = (root: string, costs: Costs, operations: readonly ClientOperation[]): Finding[] => {
  if (operations.length === 0) return [];
  const known = new Set(operations.map(({ client, name }) => `${client} ${name}`));
  if (!existsSync(join(root, BUDGETS_FILE))) return [about('BUDGETS_ABSENT', 'warning', BUDGETS_FILE, 'no operation has a fetch budget')];
  const budgets: Budgets = readYaml(root, BUDGETS_FILE, shape, UPDATE);
  const found = Object.entries(costs).flatMap(([client, own]) =>
    Object.entries(own).flatMap(([name, cost]) => compare(`${client} ${name}`, cost, budgets[client]?.[name])),
  );
  const gone = Object.entries(budgets)
    .flatMap(([client, own]) => Object.keys(own).map((name) => `${client} ${name}`))
    .filter((name) => !known.has(name))
    .map((name) => about('BUDGET_UNUSED', 'warning', name, 'there is no such operation any more'));
  return [...found, ...gone];
};
