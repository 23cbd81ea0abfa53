import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLanes } from './lanes.ts';

const LONGER_THAN_SLOW_MS = 600;

test('slow endpoints give their places in the fast lane back, fill the slow one, and then wait', async () => {
  const lanes = createLanes({ fast: 2, slow: 2 });
  const leave = ['a', 'b'].map((endpoint) => lanes.enter(endpoint));
  expect(lanes.room()).toBe(0);
  expect(lanes.waiting()).toEqual([]);
  await sleep(LONGER_THAN_SLOW_MS);
  expect(lanes.room()).toBe(2);
  expect(lanes.waiting()).toEqual(['a', 'b']);
  for (const end of leave) end();
  expect(lanes.room()).toBe(2);
  expect(lanes.waiting()).toEqual([]);
});

test('one quick answer makes an endpoint quick again', async () => {
  const lanes = createLanes({ fast: 2, slow: 1 });
  const leave = lanes.enter('a');
  await sleep(LONGER_THAN_SLOW_MS);
  leave();
  const second = lanes.enter('a');
  expect(lanes.room()).toBe(2);
  expect(lanes.waiting()).toEqual(['a']);
  second();
  lanes.enter('a');
  expect(lanes.room()).toBe(1);
  expect(lanes.waiting()).toEqual([]);
});

test('all lanes together have a bound, also while quick endpoints become slow', async () => {
  const lanes = createLanes({ fast: 2, slow: 1 });
  for (const endpoint of ['a', 'b']) lanes.enter(endpoint);
  await sleep(LONGER_THAN_SLOW_MS);
  lanes.enter('c');
  expect(lanes.room()).toBe(0);
});
