import { type CheckReport, count, type Finding, SECTIONS } from '../finding.ts';

const toJson = ({ section: _section, effects, ...finding }: Finding) => ({
  ...finding,
  ...(effects === undefined
    ? {}
    : {
        operations: effects.map(({ kind, message, file, line, column, operation: { client, name, schema, hasLines, requests } }) => ({
          effect: kind,
          client,
          operation: name,
          schema,
          file,
          ...(hasLines ? { line, column } : {}),
          ...(requests === undefined ? {} : { requests }),
          message,
        })),
      }),
});

/** In the envelope of Rover's `--format json` for checks: `{ json_version: "2", data: { success, tasks }, error }`. */
export const printJson = ({ base, head, subgraphs, operations, findings, oldLint, durationMs, cpuMs }: CheckReport): string => {
  const errors = count(findings, 'error');
  const tasks = SECTIONS.map((section) => {
    const own = findings.filter((finding) => finding.section === section);
    return [section, { task_status: count(own, 'error') > 0 ? 'FAILED' : 'PASSED', findings: own.map(toJson) }];
  });
  const data = {
    success: errors === 0,
    base,
    head,
    subgraphs,
    operation_check_count: operations,
    ignored_lint_count: oldLint,
    duration_ms: Math.round(durationMs),
    cpu_ms: Math.round(cpuMs),
    tasks: Object.fromEntries(tasks),
  };
  const error = errors === 0 ? null : { code: 'E043', message: `The check found ${errors} error${errors === 1 ? '' : 's'}.` };
  return `${JSON.stringify({ json_version: '2', data, error }, undefined, 2)}\n`;
};
