import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startPaymentRuns } from './on-payment-due.ts';

const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 500 && !holds(); tries++) await sleep(10);
  expect(holds()).toBe(true);
};

describe('looking for due payments', () => {
  test('goes on through failures, tells of them, and ends when it is closed', async () => {
    const problems: unknown[] = [];
    let looks = 0;
    const look = async (): Promise<number> => {
      looks += 1;
      if (looks === 2) throw new Error('database away');
      return 0;
    };
    const runs = startPaymentRuns(look, (error) => problems.push(error), 1);
    await until(() => looks >= 4);
    await runs.close();
    const seen = looks;
    await sleep(50);
    expect([looks, problems]).toEqual([seen, [new Error('database away')]]);
  });

  test('looks again at once while there is something to do', async () => {
    let looks = 0;
    const runs = startPaymentRuns(
      async () => (++looks < 5 ? 1 : 0),
      () => undefined,
      60_000,
    );
    await until(() => looks === 5);
    await runs.close();
  });

  test('does not hold up the end of the process for a provider that takes long', async () => {
    const runs = startPaymentRuns(
      () => sleep(60_000, 0, { ref: false }),
      () => undefined,
    );
    const begun = performance.now();
    await runs.close();
    expect(performance.now() - begun).toBeLessThan(3_000);
  });
});
