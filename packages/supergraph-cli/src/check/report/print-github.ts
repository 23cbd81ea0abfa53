import { type CheckReport, count, describeEffect, type Finding, idOf } from '../finding.ts';

/** GitHub shows this many annotations of a kind for a step. */
const MOST = 10;

const COMMANDS = { error: 'error', warning: 'warning', note: 'notice' } as const;

const escapeData = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

const annotation = (finding: Finding): string => {
  const { place, severity, message, reach, effects = [], advice } = finding;
  const where = place === undefined ? '' : `file=${escapeProperty(place.file)},line=${place.line},col=${place.column},`;
  const text = [message, ...(reach === undefined ? [] : [reach]), ...effects.map(describeEffect), ...(advice === undefined ? [] : [`→ ${advice}`])];
  return `::${COMMANDS[severity]} ${where}title=${escapeProperty(idOf(finding))}::${escapeData(text.join('\n'))}`;
};

/**
 * Workflow commands, which GitHub shows at the lines they name
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands). What is more than it shows stands in the summary.
 */
export const printGithub = ({ findings }: CheckReport): string => {
  const lines = (['error', 'warning'] as const).flatMap((severity) =>
    findings
      .filter((finding) => finding.severity === severity)
      .slice(0, MOST)
      .map(annotation),
  );
  return `${[...lines, `supergraph check: ${count(findings, 'error')} errors, ${count(findings, 'warning')} warnings`].join('\n')}\n`;
};
