import type { Finding, Severity } from './finding.ts';
import type { JudgedChange, Judgement, OperationEffect } from './judge-changes.ts';
import type { Side } from './side.ts';

/** When a breaking change fails the check: by rule alone, only when it breaks a known operation, or never. */
export type FailOn = 'breaking' | 'operations' | 'never';

const ADVICE: Readonly<Record<string, string>> = {
  FIELD_REMOVED: 'deprecate it first, and remove it when nobody asks for it any more',
  FIELD_TYPE_CHANGED: 'add a field with the new type beside it, and deprecate this one',
  ARGUMENT_REMOVED: 'keep accepting it, and deprecate it',
  REQUIRED_ARGUMENT_ADDED: 'make it optional, or give it a default',
  REQUIRED_INPUT_FIELD_ADDED: 'make it optional, or give it a default',
  INPUT_FIELD_REMOVED: 'keep accepting it, and deprecate it',
  ENUM_VALUE_REMOVED: 'deprecate it first',
  UNION_MEMBER_REMOVED: 'keep the member, and return it no more',
  TYPE_REMOVED: 'deprecate the fields that return it first',
};

const breaksOf = (effects: readonly OperationEffect[]): number => effects.filter(({ kind }) => kind === 'breaks').length;

const severityOf = ({ verdict, effects }: JudgedChange, failOn: FailOn): Severity => {
  if (verdict === 'safe') return 'note';
  if (verdict === 'dangerous' || failOn === 'never') return 'warning';
  return failOn === 'breaking' || breaksOf(effects) > 0 ? 'error' : 'warning';
};

const reachOf = ({ verdict, effects }: JudgedChange, judged: number): string | undefined => {
  const breaks = breaksOf(effects);
  // The same document may be in the sources and in several releases.
  const counted = new Map(effects.map(({ operation: { hash, requests = 0 } }) => [hash, requests]));
  const requests = [...counted.values()].reduce((sum, one) => sum + one, 0);
  const seen = requests === 0 ? '' : ` (${requests.toLocaleString('en')} requests)`;
  if (breaks > 0) return `breaks ${breaks} of ${judged} operations${seen}`;
  if (verdict === 'breaking') return `breaking by rule, breaks 0 of ${judged} known operations`;
  if (verdict === 'safe') return undefined;
  return effects.length > 0 ? `may surprise ${effects.length} of ${judged} operations${seen}` : `touches none of ${judged} known operations`;
};

const placeOf = ({ rule, coordinate }: JudgedChange, base: Side, head: Side): Finding['place'] => {
  if (rule.startsWith('CONTRACT_')) return { file: 'router/router.yaml', line: 1, column: 1 };
  const element = coordinate.replace(/\/.*$/, '');
  // What is gone is pointed at from what enclosed it in the same subgraph.
  const owners = new Set(base.placesOf(element).map(({ subgraph }) => subgraph));
  const places = head.placesOf(element);
  const [place] = [...places.filter(({ subgraph }) => owners.has(subgraph)), ...places];
  return place === undefined ? undefined : { file: place.file, line: place.line, column: place.column };
};

const byUse = (one: OperationEffect, other: OperationEffect): number => (other.operation.requests ?? 0) - (one.operation.requests ?? 0);

/** Each change with how it is judged, and what it does to operations, those used most first. */
export const changeFindings = ({ changes, judged }: Judgement, base: Side, head: Side, failOn: FailOn): Finding[] =>
  changes.map((change) => {
    const { rule, coordinate, message, source, verdict, schemas, effects } = change;
    const finding = { section: 'changes', severity: severityOf(change, failOn), rule, coordinate, message, source, verdict, schemas } as const;
    return { ...finding, effects: effects.toSorted(byUse), reach: reachOf(change, judged), advice: ADVICE[rule], place: placeOf(change, base, head) };
  });
