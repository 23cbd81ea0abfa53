import { describe, expect, test } from 'vitest';
import { createCostLimit } from './cost-limit.ts';
import { SATURATED } from './measure-operation.ts';

const limit = createCostLimit({ anonymous: 10, customer: 100, staff: 1_000, admin: 2_000, service: Number.POSITIVE_INFINITY });

describe('the budget for one operation', () => {
  test.each([
    ['anonymous', 10],
    ['customer', 100],
    ['staff', 1_000],
    ['admin', 2_000],
  ] as const)('of %s is %i', (role, budget) => {
    expect(limit(role, budget)).toBeUndefined();
    expect(limit(role, budget + 1)?.extensions).toMatchObject({ code: 'COST_LIMIT_EXCEEDED', estimated: budget + 1, budget, http: { status: 400 } });
  });

  test('may have no end', () => {
    expect(limit('service', SATURATED)).toBeUndefined();
  });
});
