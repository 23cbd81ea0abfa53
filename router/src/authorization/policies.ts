import { setTimeout as delay } from 'node:timers/promises';
import type { Identity } from '@supergraph/identity/identity';

/** Who may pass a `@policy`: plain code that looks at who asks. Only `true` lets pass. */
export type Policy = (identity: Identity) => boolean | Promise<boolean>;

export interface Policies {
  /** Those of `names` that decided for this identity in time; all others are denied. */
  decideAll(names: readonly string[], identity: Identity): Promise<ReadonlySet<string>>;
}

export interface PoliciesOptions {
  /** How long a request waits for its policies, in milliseconds. */
  deadlineMs?: number;
  /** Told of a policy that is unknown, threw, or was late: it denied somebody for a reason that is not theirs. */
  onUndecided?: (name: string, reason: unknown) => void;
}

const DEADLINE_MS = 1_000;

/** The policies of this router by name. One that is unknown, throws, is late, or decides anything but `true`, denies. */
export const createPolicies = (
  named: Readonly<Record<string, Policy>>,
  { deadlineMs = DEADLINE_MS, onUndecided = () => undefined }: PoliciesOptions = {},
): Policies => {
  const known = new Map(Object.entries(named));

  /** What a policy says at once, or will say; a rejection means that it did not decide. */
  const ask = (name: string, identity: Identity): unknown => {
    try {
      const policy = known.get(name);
      if (policy === undefined) throw new Error('there is no such policy');
      return policy(identity);
    } catch (reason) {
      onUndecided(name, reason);
      return false;
    }
  };

  const decideLater = async (name: string, decision: Promise<unknown>, late: Promise<never>): Promise<[string, unknown]> => {
    try {
      return [name, await Promise.race([decision, late])];
    } catch (reason) {
      onUndecided(name, reason);
      return [name, false];
    }
  };

  return {
    decideAll: async (names, identity) => {
      const answers = names.map((name): [string, unknown] => [name, ask(name, identity)]);
      const allowed = new Set(answers.flatMap(([name, answer]) => (answer === true ? [name] : [])));
      const pending = answers.filter((entry): entry is [string, Promise<unknown>] => entry[1] instanceof Promise);
      if (pending.length === 0) return allowed;
      const decided = new AbortController();
      const late = delay(deadlineMs, undefined, { signal: decided.signal }).then(() => {
        throw new Error(`it did not decide within ${deadlineMs} ms`);
      });
      late.catch(() => undefined);
      const settled = await Promise.all(pending.map(([name, decision]) => decideLater(name, decision, late)));
      decided.abort();
      for (const [name, answer] of settled) if (answer === true) allowed.add(name);
      return allowed;
    },
  };
};
