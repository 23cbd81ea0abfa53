import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onceHeaders, type Resource, send } from './rest-client.ts';
import { type RestWorld, startRestWorld } from './rest-world.ts';
import { createStage, type Stage } from './stage.ts';

const AMQP_URL = process.env['TEST_AMQP_URL'] ?? '';
const UNTESTED = 'NOT TESTED: REST with respond-async over RabbitMQ; npm run brokers starts it and prints TEST_AMQP_URL';
const OUTCOME_MS = 60_000;

if (AMQP_URL === '') {
  if (process.env['CI'] !== 'true') process.stderr.write(`${UNTESTED}\n`);
  test.skipIf(process.env['CI'] !== 'true')(UNTESTED, () => {
    throw new Error(UNTESTED);
  });
}

describe.runIf(AMQP_URL !== '')('what is asked for with Prefer: respond-async, over RabbitMQ', () => {
  let world: RestWorld;
  let stage: Stage;

  beforeAll(async () => {
    world = await startRestWorld({ busUrl: AMQP_URL });
    stage = await createStage(world);
  }, 120_000);
  afterAll(() => world?.stop());

  /** @returns the path of the operation. */
  const ask = async (number: string, action: string, token: string | undefined): Promise<string> => {
    const headers = { ...onceHeaders(), prefer: 'respond-async' };
    const accepted = await send(world.restUrl, { method: 'POST', path: `/orders/${number}/${action}`, token, headers });
    expect([accepted.status, accepted.headers.get('preference-applied')], accepted.text).toEqual([202, 'respond-async']);
    const location = accepted.headers.get('location') ?? '';
    expect(location).toMatch(/^\/operations\/[\w-]+$/);
    return location;
  };

  const outcome = async (path: string, token: string | undefined): Promise<Resource> => {
    const deadline = Date.now() + OUTCOME_MS;
    for (;;) {
      const { body, headers } = await stage.send(200, { method: 'GET', path, token });
      if (body['status'] !== 'pending') return body;
      expect(headers.get('retry-after')).toBe('1');
      if (Date.now() > deadline) throw new Error(`${path} is still pending after ${OUTCOME_MS / 1_000} s`);
      await sleep(200);
    }
  };

  test('is accepted while the order service is down, and done when it is back', async () => {
    const { customer } = stage.tokens;
    const number = await stage.pendingOrder();
    await world.rooms.order.process.stop(4_000);
    const path = await ask(number, 'pay', customer);
    const sync = await send(world.restUrl, { method: 'POST', path: `/orders/${number}/pay`, token: customer, headers: onceHeaders() });
    expect(sync.status, 'the order service must be down for this test').toBe(503);
    await sleep(1_000);
    expect((await stage.send(200, { method: 'GET', path, token: customer })).body['status']).toBe('pending');

    await world.rooms.order.restart();
    expect(await outcome(path, customer)).toMatchObject({ kind: 'pay', status: 'succeeded', error: null });
    const order = { method: 'GET', path: `/orders/${number}`, token: customer };
    // The provider settles it a little later.
    await expect.poll(async () => (await stage.send(200, order)).body['status'], { timeout: OUTCOME_MS }).toBe('PAID');
  }, 150_000);

  test('and refused, ends failed with the code of the refusal', async () => {
    const number = await stage.shippedOrder();
    const path = await ask(number, 'cancel', stage.tokens.customer);
    expect(await outcome(path, stage.tokens.customer)).toMatchObject({ kind: 'cancel', status: 'failed', error: { code: 'ORDER_STATUS_CONFLICT' } });
  }, 120_000);

  test("about another customer's order ends as about an absent one", async () => {
    const number = await stage.pendingOrder();
    const outcomes = [];
    for (const asked of [number, '999999999']) {
      const { error } = await outcome(await ask(asked, 'pay', stage.tokens.other), stage.tokens.other);
      outcomes.push(JSON.stringify(error).replaceAll(asked, 'SENT'));
    }
    expect(outcomes[0]).toBe(outcomes[1]);
    expect(outcomes[0]).toContain('ORDER_NOT_FOUND');
  }, 120_000);
});
