import { createHash } from 'node:crypto';
import { type DocumentNode, Kind, visit } from 'graphql';
import type { RequestContext } from '../request-context.ts';

/** Percentages by label: how much of the traffic takes the new way. */
export type LabelShares = Readonly<Record<string, number>>;

const PERCENT = /^percent\((\d{1,3}(?:\.\d{1,8})?)\)$/;
const STEPS = 0x1_0000_0000;

/** The labels that a supergraph's `@override(label:)` are conditional on (https://specs.apollo.dev/join/v0.4, `overrideLabel`). */
export const readOverrideLabels = (supergraph: DocumentNode): string[] => {
  const labels = new Set<string>();
  visit(supergraph, {
    Directive: ({ name, arguments: given = [] }) => {
      const label = name.value === 'join__field' ? given.find((argument) => argument.name.value === 'overrideLabel')?.value : undefined;
      if (label?.kind === Kind.STRING) labels.add(label.value);
    },
  });
  return [...labels].toSorted();
};

const shareOf = (label: string, shares: LabelShares): number => {
  if (Object.hasOwn(shares, label)) return shares[label] ?? 0;
  return Number(PERCENT.exec(label)?.[1] ?? 0);
};

/** A user stays on one side, whatever they ask and wherever; somebody unknown takes a side anew with each request. */
const subjectOf = ({ identity: { caller }, requestId }: Pick<RequestContext, 'identity' | 'requestId'>): string =>
  'userId' in caller ? `user ${caller.userId}` : `request ${requestId}`;

const positionOf = (label: string, subject: string): number => createHash('sha256').update(`${label}\n${subject}`).digest().readUInt32BE() / STEPS;

/**
 * The labels that hold for a request, sorted: `percent(x)` for x in a hundred callers, any other as the settings say, and none that they do not
 * name. The settings win over `percent(x)` too.
 */
export const labelsInForce = (
  labels: readonly string[],
  shares: LabelShares,
  context: Pick<RequestContext, 'identity' | 'requestId'>,
): readonly string[] =>
  labels.length === 0 ? labels : labels.filter((label) => positionOf(label, subjectOf(context)) * 100 < shareOf(label, shares));
