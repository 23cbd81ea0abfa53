import type { OperationEffect } from './judge-changes.ts';
import type { Verdict } from './verdicts.ts';

/** The parts of a check, in the order of the report. */
export const SECTIONS = ['composition', 'changes', 'operations', 'lint', 'budgets', 'approvals'] as const;
export type Section = (typeof SECTIONS)[number];

/** An error fails the check. */
export type Severity = 'error' | 'warning' | 'note';

/** One thing a check has to say. */
export interface Finding {
  section: Section;
  severity: Severity;
  /** With `coordinate` what an entry of supergraph.allow.yaml names. */
  rule: string;
  /** A schema coordinate, or `client operation`. */
  coordinate: string;
  message: string;
  /** From the folder of supergraph.yaml; lines and columns count from 1. */
  place?: { file: string; line: number; column: number } | undefined;
  /** What to do about it. */
  advice?: string | undefined;
  /** Who says so: the specification, or a rule of a tool. */
  source?: string | undefined;
  verdict?: Verdict | undefined;
  /** Where a change shows: `graph`, and contracts by name. */
  schemas?: readonly string[] | undefined;
  effects?: readonly OperationEffect[] | undefined;
  /** For instance `breaks 2 of 14 operations`. */
  reach?: string | undefined;
  approved?: { reason: string; expires: string } | undefined;
}

/** What a check came to. */
export interface CheckReport {
  base: { name: string; commit: string };
  head: string;
  subgraphs: readonly string[];
  operations: number;
  findings: readonly Finding[];
  /** Lint problems the base has as well. */
  oldLint: number;
  durationMs: number;
  /** Processor time of the whole process: what a busy machine does not change. */
  cpuMs: number;
}

export const idOf = ({ rule, coordinate }: Pick<Finding, 'rule' | 'coordinate'>): string => `${rule} ${coordinate}`;

export const count = (findings: readonly Finding[], severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;

/** `client operation  file:line:column`, and how many requests a usage file has counted. */
export const describeEffect = ({ operation, file, line, column }: OperationEffect): string => {
  const { client, name, hasLines, requests } = operation;
  const seen = requests === undefined ? '' : `  used ${requests.toLocaleString('en')} times`;
  return `${client} ${name}  ${hasLines ? `${file}:${line}:${column}` : file}${seen}`;
};
