import { expect, test } from 'vitest';
import { createCleanup } from './cleanup.ts';
import { createRandom } from './random.ts';
import { faultsOf } from './subscriptions/report.ts';
import { runChaos } from './subscriptions/run.ts';

// `npm run chaos:subscriptions` does this longer, with RabbitMQ too, and with planted bugs.
test('kill -9 of the bus, of the order service and of the router leaves no subscriber in silence', async () => {
  const cleanup = createCleanup();
  try {
    const result = await runChaos(
      { title: 'once each', busKind: 'postgres', victims: ['broker', 'order', 'router'], kills: 1, subscribers: 40, awayMs: [200, 1_000] },
      { random: createRandom(Date.now()), cleanup, tell: () => undefined },
    );
    expect(faultsOf(result)).toEqual([]);
    // The bus and the router each end every subscription.
    expect(result.figures).toMatchObject({ subscribers: 40, ends: expect.toSatisfy((ends: number) => ends >= 80) });
  } finally {
    await cleanup.run();
  }
}, 240_000);
