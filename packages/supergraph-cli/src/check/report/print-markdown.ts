import { type CheckReport, count, describeEffect, type Finding, idOf, SECTIONS } from '../finding.ts';

const MARKS = { error: '❌', warning: '🟡', note: '➖' } as const;

const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(/\r?\n/g, ' ');

const row = (finding: Finding): string => {
  const { place, reach, message, effects = [], approved } = finding;
  const what = [
    escapeCell(message),
    ...(reach === undefined ? [] : [`**${escapeCell(reach)}**`]),
    ...effects.map((effect) => escapeCell(describeEffect(effect))),
    ...(approved === undefined ? [] : [`approved until ${approved.expires}: ${escapeCell(approved.reason)}`]),
  ].join('<br>');
  const only = finding.schemas === undefined || finding.schemas.includes('graph') ? '' : ` (${finding.schemas.join(', ')})`;
  const where = place === undefined ? '' : `${place.file}:${place.line}`;
  return `| ${approved === undefined ? MARKS[finding.severity] : '✅'} | \`${escapeCell(idOf(finding))}\`${only} | ${what} | ${where} |`;
};

/** For a comment on a pull request, or a job's summary. */
export const printMarkdown = ({ base, head, subgraphs, operations, findings }: CheckReport): string => {
  const errors = count(findings, 'error');
  const lines = [
    `## ${errors === 0 ? '✅ Supergraph check passed' : `❌ Supergraph check: ${errors} error${errors === 1 ? '' : 's'}`}`,
    '',
    `${head} → ${base.name} (${base.commit.slice(0, 7)}), ${subgraphs.length} subgraphs, ${operations} operations`,
  ];
  for (const section of SECTIONS) {
    const own = findings.filter((finding) => finding.section === section);
    if (own.length === 0) continue;
    lines.push('', `### ${section.charAt(0).toUpperCase()}${section.slice(1)}`, '', '| | what | | where |', '|---|---|---|---|', ...own.map(row));
  }
  return `${lines.join('\n')}\n`;
};
