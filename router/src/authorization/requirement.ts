import type { Identity } from '@supergraph/identity/identity';

/** One directive's demand. `anyOf` is a disjunction of conjunctions: one inner list must hold whole. */
export type Condition = { kind: 'authenticated' } | { kind: 'requiresScopes' | 'policy'; anyOf: readonly (readonly string[])[] };

/** All of them must hold. Equal conditions of one rule set are the same object. */
export type Requirement = readonly Condition[];

/** Beyond this many alternatives two demands count as different, which only ever protects more. */
const MAX_ALTERNATIVES = 1_000;

const NUL = '\u0000';

const keyOf = (names: readonly string[]): string => names.join(NUL);

const byKey = (one: readonly string[], other: readonly string[]): number => {
  if (keyOf(one) === keyOf(other)) return 0;
  return keyOf(one) < keyOf(other) ? -1 : 1;
};

/** Sorted, without duplicates, and without alternatives that ask for more than another one. */
export const minimal = (anyOf: readonly (readonly string[])[]): string[][] => {
  const alternatives = new Map(anyOf.map((names) => [...new Set(names)].sort()).map((names) => [keyOf(names), names]));
  const all = [...alternatives.values()];
  return all.filter((names) => !all.some((other) => other !== names && other.every((name) => names.includes(name)))).sort(byKey);
};

const bothOf = (one: readonly (readonly string[])[], other: readonly (readonly string[])[]): string[][] =>
  minimal(one.flatMap((left) => other.map((right) => [...left, ...right])));

/** One condition a kind that holds if and only if all of these do; undefined when it grows too large to tell. */
const conjunctionOf = (requirement: Requirement): string | undefined => {
  const parts = new Map<string, readonly (readonly string[])[]>();
  for (const condition of requirement) {
    const anyOf = condition.kind === 'authenticated' ? [[]] : condition.anyOf;
    const before = parts.get(condition.kind) ?? [[]];
    if (before.length * anyOf.length > MAX_ALTERNATIVES) return undefined;
    parts.set(condition.kind, bothOf(before, anyOf));
  }
  return JSON.stringify([...parts].sort(([left], [right]) => (left < right ? -1 : 1)));
};

/** Whether two requirements let exactly the same identities pass. */
export const isSameRequirement = (one: Requirement, other: Requirement): boolean => {
  const left = conjunctionOf(one);
  return left !== undefined && left === conjunctionOf(other);
};

/** Whether `identity` satisfies a condition; `allows` says what each policy decided. */
export const isSatisfied = (condition: Condition, identity: Identity, allows: (policy: string) => boolean): boolean => {
  if (condition.kind === 'authenticated') return identity.caller.role !== 'anonymous';
  const holds = condition.kind === 'policy' ? allows : (scope: string): boolean => identity.scopes.includes(scope);
  return condition.anyOf.some((names) => names.every(holds));
};
