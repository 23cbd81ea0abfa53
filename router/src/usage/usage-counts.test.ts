import { describe, expect, it } from 'vitest';
import { createUsageCounts, type UsageLine } from './usage-counts.ts';

const line = (name: string, more: Partial<UsageLine> = {}): UsageLine => ({
  hash: name,
  operation: `{${name}}`,
  count: 1,
  last: '2026-11-22',
  ...more,
});

describe('usage counts', () => {
  it('add up by operation, client, version and contract, and begin anew when they are taken', () => {
    const counts = createUsageCounts(() => 100);
    for (const client of ['app', 'app', 'web', undefined]) counts.add(line('a', { client }));
    counts.add(line('a', { client: 'app', version: '2' }));
    counts.add(line('a', { client: 'app', contract: 'web' }));
    expect(counts.take().map(({ client, version, contract, count }) => [client, version, contract, count])).toEqual([
      ['web', undefined, undefined, 1],
      [undefined, undefined, undefined, 1],
      ['app', '2', undefined, 1],
      ['app', undefined, 'web', 1],
      ['app', undefined, undefined, 2],
    ]);
    expect(counts.take()).toEqual([]);
  });

  it('keep what is sent again when somebody sends ever new operations', () => {
    const counts = createUsageCounts(() => 10);
    for (let times = 0; times < 2; times++) counts.add(line('daily'));
    for (let number = 0; number < 1_000; number++) counts.add(line(`flood${number}`));
    const taken = counts.take();
    expect(taken).toHaveLength(10);
    expect(taken).toContainEqual(line('daily', { count: 2 }));
  });

  it('hold a bounded number of bytes', () => {
    const counts = createUsageCounts(() => 100_000);
    for (let number = 0; number < 1_000; number++) counts.add(line(`n${number}`, { operation: 'x'.repeat(60_000) }));
    const bytes = counts.take().reduce((sum, { operation = '' }) => sum + 2 * operation.length, 0);
    expect(bytes).toBeGreaterThan(8_000_000);
    expect(bytes).toBeLessThan(17_000_000);
  });
});
