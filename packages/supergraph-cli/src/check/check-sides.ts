import { print, validate } from 'graphql';
import type { CompositionProblem } from '../compose.ts';
import { applyApprovals, readApprovals } from './allow-file.ts';
import { checkBudgets, measureOperations } from './budgets.ts';
import { changeFindings, type FailOn } from './change-findings.ts';
import type { ClientOperation } from './client-operations.ts';
import type { Finding, Severity } from './finding.ts';
import { type Judgement, judgeChanges } from './judge-changes.ts';
import { lintSchemas, newProblems } from './lint/lint-schemas.ts';
import { readSettings } from './settings.ts';
import type { Side } from './side.ts';

export interface CheckOptions {
  failOn: FailOn;
  /** `all` also tells lint problems that the base has. */
  lint: 'new' | 'all';
  /** The day of the check, `YYYY-MM-DD`: approvals expire. */
  today: string;
  /** Adds what a usage file knows. */
  withUsage(operations: readonly ClientOperation[]): ClientOperation[];
}

const problemFinding = (severity: Severity, { code, message, places }: CompositionProblem): Finding => {
  const [place] = places;
  const others = places.slice(1).map(({ file, line, column }) => `${file}:${line}:${column}`);
  return {
    section: 'composition',
    severity,
    rule: code,
    coordinate: place?.coordinate ?? place?.subgraph ?? '',
    message: others.length === 0 ? message : `${message} (also ${others.join(', ')})`,
    place: place === undefined ? undefined : { file: place.file, line: place.line, column: place.column },
    advice: severity === 'error' ? `supergraph explain ${code}` : undefined,
  };
};

const subgraphFindings = (base: Side, head: Side): Finding[] => {
  const now = new Set(head.topology.subgraphs.map(({ name }) => name));
  return base.topology.subgraphs
    .filter(({ name }) => !now.has(name))
    .map(({ name }) => ({
      section: 'composition',
      severity: 'warning',
      rule: 'SUBGRAPH_REMOVED',
      coordinate: name,
      message: `subgraph '${name}' is gone, with every field that only it defined: they stand below as changes`,
      place: { file: 'supergraph.yaml', line: 1, column: 1 },
    }));
};

const compositionFindings = (base: Side, head: Side): Finding[] => [
  ...head.problems.map((problem) => problemFinding('error', problem)),
  ...(base.supergraphSdl === undefined
    ? [
        problemFinding('warning', {
          code: 'BASE_DOES_NOT_COMPOSE',
          message: 'the base does not compose: there is nothing to compare with',
          places: [],
        }),
      ]
    : []),
  ...subgraphFindings(base, head),
  ...head.hints.map((hint) => problemFinding(hint.level === 'WARN' ? 'warning' : 'note', hint)),
];

const textOf = ({ client, name, schema, document }: ClientOperation): string => `${client} ${name} ${schema} ${print(document)}`;

/**
 * The operations of the work tree, and those of the base that it changes or drops: their clients still run.
 * A released manifest that is deleted is a release that nobody supports any more.
 */
const operationsOf = (base: Side, head: Side, commit: string): ClientOperation[] => {
  const known = new Set(head.operations.map(textOf));
  const running = base.operations.filter((operation) => operation.hasLines && !known.has(textOf(operation)));
  return [...head.operations, ...running.map((operation) => ({ ...operation, client: `${operation.client} at ${commit.slice(0, 7)}` }))];
};

const operationFindings = ({ unexplained, invalid }: Judgement, base: Side, head: Side): Finding[] => {
  const known = new Set(base.operations.map(textOf));
  const placed = ({ file, hasLines }: ClientOperation, line = 1, column = 1) => ({ file, line: hasLines ? line : 1, column: hasLines ? column : 1 });
  const broken = unexplained.map(
    ({ operation, message, file, line, column }): Finding => ({
      section: 'operations',
      severity: 'error',
      rule: 'OPERATION_BROKEN',
      coordinate: `${operation.client} ${operation.name}`,
      message,
      place: placed({ ...operation, file }, line, column),
    }),
  );
  const never = invalid.map((operation): Finding => {
    const schema = head.schemas.get(operation.schema);
    const [error] = schema === undefined ? [] : validate(schema, operation.document);
    const [at] = error?.locations ?? [];
    return {
      section: 'operations',
      severity: known.has(textOf(operation)) ? 'warning' : 'error',
      rule: 'OPERATION_INVALID',
      coordinate: `${operation.client} ${operation.name}`,
      message: error?.message ?? `there is no contract '${operation.schema}'`,
      place: placed(operation, at?.line, at?.column),
    };
  });
  return [...broken, ...never];
};

/** Every finding about what lies between two sides. @throws StartupError when a file of the project is wrong. */
export const checkSides = async (
  base: Side,
  head: Side,
  commit: string,
  options: CheckOptions,
): Promise<{ findings: Finding[]; operations: number; oldLint: number }> => {
  const { root } = head.topology;
  const { lint } = readSettings(root);
  const operations = options.withUsage(operationsOf(base, head, commit));
  const isComparable = head.problems.length === 0 && base.supergraphSdl !== undefined;
  const judgement = isComparable ? await judgeChanges(base.schemas, head.schemas, operations) : undefined;
  const allLint = lintSchemas(head.texts, lint);
  const newLint = options.lint === 'all' ? allLint : newProblems(allLint, lintSchemas(base.texts, lint));
  const findings = [
    ...compositionFindings(base, head),
    ...(judgement === undefined ? [] : [...changeFindings(judgement, base, head, options.failOn), ...operationFindings(judgement, base, head)]),
    ...newLint,
    ...(head.supergraphSdl === undefined ? [] : checkBudgets(root, measureOperations(head.supergraphSdl, head.operations), head.operations)),
  ];
  const approved = applyApprovals(findings, readApprovals(root), { old: readApprovals(base.topology.root), today: options.today, root });
  return { findings: approved, operations: operations.length, oldLint: allLint.length - newLint.length };
};
