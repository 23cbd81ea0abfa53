import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLane, createPlaces } from './lane.ts';

test('work of one subject runs in order and one at a time, of different subjects side by side', async () => {
  const lane = createLane(createPlaces(10));
  const done: string[] = [];
  const work = (name: string, milliseconds: number) => async (): Promise<void> => {
    await sleep(milliseconds);
    done.push(name);
  };
  lane.add('a', work('a1', 40));
  lane.add('a', work('a2', 1));
  lane.add('b', work('b1', 10));
  await sleep(100);
  expect(done).toEqual(['b1', 'a1', 'a2']);
});

test('lanes share their places', async () => {
  const places = createPlaces(2);
  const lanes = [createLane(places), createLane(places)];
  let [running, most, done] = [0, 0, 0];
  for (let index = 0; index < 20; index++)
    lanes[index % 2]?.add(`s-${index}`, async () => {
      most = Math.max(most, ++running);
      await sleep(2);
      running--;
      done++;
    });
  while (done < 20) await sleep(5);
  expect(most).toBe(2);
});

test('a stopped lane finishes what runs, starts nothing more and gives its places back', async () => {
  const places = createPlaces(1);
  const lane = createLane(places);
  const begun: string[] = [];
  const ended: string[] = [];
  for (const name of ['first', 'second', 'third'])
    lane.add(name, async () => {
      begun.push(name);
      await sleep(20);
      ended.push(name);
    });
  await sleep(5);
  expect(lane.running()).toBe(1);
  await lane.stop();
  expect([begun, ended]).toEqual([['first'], ['first']]);
  await sleep(50);
  expect(begun).toEqual(['first']);
  await places.take();
});
