import { styleText } from 'node:util';
import { type CheckReport, count, describeEffect, type Finding, idOf, SECTIONS, type Section } from '../finding.ts';

const TITLES: Readonly<Record<Section, string>> = {
  composition: 'Composition',
  changes: 'Changes',
  operations: 'Operations',
  lint: 'Lint',
  budgets: 'Budgets',
  approvals: 'Approvals',
};

const MARKS = { error: '✗', warning: '!', note: '·' } as const;
const COLOURS = { error: 'red', warning: 'yellow', note: 'dim' } as const;
const MOST_EFFECTS = 10;

const mark = ({ severity, approved }: Finding): string =>
  approved === undefined ? styleText(COLOURS[severity], MARKS[severity]) : styleText('green', '✓');

const placeOf = ({ place }: Finding): string => (place === undefined ? '' : styleText('dim', `  ${place.file}:${place.line}:${place.column}`));

const onlyIn = ({ schemas }: Finding): string =>
  schemas === undefined || schemas.includes('graph') ? '' : ` (only in contract ${schemas.join(', ')})`;

const describe = (finding: Finding): string[] => {
  const { message, reach, effects = [], approved, source, advice, severity } = finding;
  const told = effects.slice(0, MOST_EFFECTS).map((effect) => `        ${describeEffect(effect)}`);
  const more = effects.length > MOST_EFFECTS ? [`        and ${effects.length - MOST_EFFECTS} more`] : [];
  const isLoud = severity !== 'note';
  return [
    `    ${mark(finding)} ${styleText('bold', idOf(finding))}${onlyIn(finding)}${reach === undefined ? '' : `  ${reach}`}${placeOf(finding)}`,
    `        ${message}${isLoud && source !== undefined ? styleText('dim', `  [${source}]`) : ''}`,
    ...told,
    ...more,
    ...(isLoud && advice !== undefined ? [`      → ${advice}`] : []),
    ...(approved === undefined ? [] : [`      approved until ${approved.expires}: ${approved.reason}`]),
  ];
};

const plural = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

const summaryOf = (section: Section, findings: readonly Finding[], { subgraphs, oldLint }: CheckReport): string => {
  if (section === 'composition' && findings.length === 0) return `${subgraphs.join(', ')} compose`;
  const parts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const number = count(findings, severity);
    return number === 0 ? [] : [plural(number, severity)];
  });
  const old = section === 'lint' && oldLint > 0 ? [`${plural(oldLint, 'old one')} not shown (--lint all)`] : [];
  return [...(parts.length === 0 ? ['nothing to say'] : parts), ...old].join(', ');
};

/** For people at a terminal. @param isVerbose also notes: safe changes, hints. */
export const printPretty = (report: CheckReport, isVerbose: boolean): string => {
  const { base, head, subgraphs, operations, durationMs, findings } = report;
  const lines = [
    `supergraph check   ${head} → ${base.name} (${base.commit.slice(0, 7)})   ${plural(subgraphs.length, 'subgraph')} · ${plural(operations, 'operation')} · ${(durationMs / 1000).toFixed(1)} s`,
    '',
  ];
  for (const section of SECTIONS) {
    const own = findings.filter((finding) => finding.section === section);
    const failed = count(own, 'error') > 0;
    lines.push(`${failed ? styleText('red', '✗') : styleText('green', '✓')} ${TITLES[section].padEnd(12)} ${summaryOf(section, own, report)}`);
    const shown = own.filter((finding) => isVerbose || finding.severity !== 'note' || finding.approved !== undefined);
    lines.push(...shown.flatMap(describe));
  }
  const errors = count(findings, 'error');
  const outcome =
    errors === 0
      ? styleText('green', 'PASSED')
      : `${styleText('red', 'FAILED')}  ${plural(errors, 'error')}: mend them, or approve them in supergraph.allow.yaml (docs/check.md)`;
  return `${[...lines, '', outcome].join('\n')}\n`;
};
