import { z } from 'zod';
import { type Finding, idOf } from './finding.ts';
import { lineIn, readYaml } from './settings.ts';

export const ALLOW_FILE = 'supergraph.allow.yaml';

const entryShape = z.strictObject({
  change: z.string().regex(/^[A-Z_]+ \S.*$/, 'expected a rule and a coordinate, as check prints them: FIELD_REMOVED Order.total'),
  reason: z.string().trim().min(10, 'say in a sentence why this is all right'),
  expires: z.iso.date('expected a date: 2027-01-31'),
});
const shape = z.strictObject({ allow: z.array(entryShape).nullish() });

/** Somebody has read a finding and lets it pass, for a time. */
export type Approval = z.infer<typeof entryShape>;

/** @throws StartupError naming every entry that is wrong. */
export const readApprovals = (root: string): Approval[] =>
  readYaml(root, ALLOW_FILE, shape, 'write a list under allow: - { change: RULE COORDINATE, reason: …, expires: YYYY-MM-DD }').allow ?? [];

/**
 * Turns approved errors into notes, and tells of entries that have expired or that nothing needs.
 * @param context.old the base's entries: what is merged and does no more is only reminded of, so that nobody else's change fails on it.
 * @param context.today `YYYY-MM-DD`: an entry counts up to and with its day.
 */
export const applyApprovals = (
  findings: readonly Finding[],
  approvals: readonly Approval[],
  { old, today, root }: { old: readonly Approval[]; today: string; root: string },
): Finding[] => {
  const used = new Set<Approval>();
  const judged = findings.map((finding): Finding => {
    const approval = finding.severity === 'error' ? approvals.find(({ change, expires }) => change === idOf(finding) && expires >= today) : undefined;
    if (approval === undefined) return finding;
    used.add(approval);
    return { ...finding, severity: 'note', approved: { reason: approval.reason, expires: approval.expires } };
  });
  const about = ({ change }: Approval, rule: string, severity: Finding['severity'], what: string): Finding => {
    const place = { file: ALLOW_FILE, line: lineIn(root, ALLOW_FILE, change), column: 1 };
    const advice = rule === 'APPROVAL_UNUSED' ? 'correct it, or remove it' : 'remove the entry';
    return { section: 'approvals', severity, rule, coordinate: change, message: `the approval of '${change}' ${what}`, advice, place };
  };
  const complaints = approvals.flatMap((approval) => {
    if (approval.expires < today) return [about(approval, 'APPROVAL_EXPIRED', 'error', `expired on ${approval.expires}`)];
    if (used.has(approval)) return [];
    if (old.some(({ change }) => change === approval.change)) return [about(approval, 'APPROVAL_DONE', 'warning', 'has done its work')];
    return [about(approval, 'APPROVAL_UNUSED', 'error', 'approves nothing that is there')];
  });
  return [...judged, ...complaints];
};
