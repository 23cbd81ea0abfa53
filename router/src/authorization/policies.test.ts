import { ANONYMOUS, type Caller } from '@supergraph/identity/caller';
import { ANONYMOUS_IDENTITY } from '@supergraph/identity/identity';
import { describe, expect, test } from 'vitest';
import { decide as worksHere } from '../../policies/works-here.ts';
import { createPolicies, type Policy } from './policies.ts';

const CALLERS: readonly Caller[] = [
  ANONYMOUS,
  { role: 'customer', userId: '1' },
  { role: 'staff', userId: '2' },
  { role: 'admin', userId: '3' },
  { role: 'service', name: 'order' },
];

describe('policies', () => {
  test('let pass what they decide in time, and only on true', async () => {
    const named: Record<string, Policy> = {
      yes: () => true,
      soon: async () => true,
      no: () => false,
      truthy: () => 1 as unknown as boolean,
      truthySoon: async () => 'yes' as unknown as boolean,
      nothing: () => undefined as unknown as boolean,
      throws: () => {
        throw new Error('broken');
      },
      rejects: async () => Promise.reject(new Error('broken')),
      never: () => new Promise(() => {}),
      toString: () => false,
    };
    const undecided: string[] = [];
    const policies = createPolicies(named, { deadlineMs: 50, onUndecided: (name) => undecided.push(name) });
    const started = performance.now();
    const allowed = await policies.decideAll([...Object.keys(named), 'unknown', 'constructor', '__proto__'], ANONYMOUS_IDENTITY);
    expect([...allowed].sort()).toEqual(['soon', 'yes']);
    expect(undecided.sort()).toEqual(['__proto__', 'constructor', 'never', 'rejects', 'throws', 'unknown']);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('works-here lets staff and admins pass', () => {
    const passed = CALLERS.filter((caller) => worksHere({ ...ANONYMOUS_IDENTITY, caller }));
    expect(passed.map(({ role }) => role)).toEqual(['staff', 'admin']);
  });
});
