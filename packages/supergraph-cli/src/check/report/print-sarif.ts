import { type CheckReport, describeEffect, type Finding, idOf } from '../finding.ts';

const result = (finding: Finding) => {
  const { rule, severity, message, reach, place, effects = [], approved } = finding;
  const text = [`${idOf(finding)}: ${message}`, ...(reach === undefined ? [] : [reach]), ...effects.map(describeEffect)].join('\n');
  return {
    ruleId: rule,
    level: severity,
    message: { text },
    locations:
      place === undefined
        ? []
        : [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(place.file), uriBaseId: '%SRCROOT%' },
                region: { startLine: place.line, startColumn: place.column },
              },
            },
          ],
    partialFingerprints: { change: idOf(finding) },
    ...(approved === undefined ? {} : { suppressions: [{ kind: 'external', status: 'accepted', justification: approved.reason }] }),
  };
};

/** SARIF 2.1.0, which code scanning of GitHub, GitLab and Azure reads (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html). */
export const printSarif = ({ findings }: CheckReport): string => {
  const rules = new Map(findings.map((finding) => [finding.rule, finding]));
  const driver = {
    name: 'supergraph check',
    rules: [...rules].map(([id, { source }]) => ({ id, ...(source?.startsWith('https://') ? { helpUri: source } : {}) })),
  };
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results: findings.map(result) }],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
};
