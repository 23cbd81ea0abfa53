import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DeadlineTimer, type Timed } from './deadline-timer.ts';

interface Noted extends Timed {
  endedAt: number[];
}

const noted = (ms: number): Noted => {
  const endedAt: number[] = [];
  return { deadline: performance.now() + ms, endedAt, onDeadline: () => void endedAt.push(performance.now()) };
};

it('ends each once when its time is up, in whatever order they came', async () => {
  const timer = new DeadlineTimer();
  const all = [120, 30, 80, 30, 31, 5, 200].map(noted);
  for (const timed of all) timer.add(timed);
  await pause(150);
  const late = noted(20);
  timer.add(late);
  await pause(200);
  for (const { endedAt, deadline } of [...all, late]) {
    expect(endedAt).toHaveLength(1);
    expect(endedAt[0]).toBeGreaterThanOrEqual(deadline);
  }
});

it('leaves alone what was done before, also by one that ends at the same time', async () => {
  const timer = new DeadlineTimer();
  const done = noted(20);
  const other = noted(20);
  const first: Timed = { deadline: done.deadline, onDeadline: () => timer.delete(other) };
  for (const timed of [done, first, other]) timer.add(timed);
  timer.delete(done);
  const next = noted(60);
  timer.add(next);
  await pause(150);
  expect(done.endedAt).toEqual([]);
  expect(other.endedAt).toEqual([]);
  expect(next.endedAt).toHaveLength(1);
});

it('ends at once what has no deadline, and all others in their time', async () => {
  const timer = new DeadlineTimer();
  const others = [noted(20), noted(60)];
  const wrong = { ...noted(0), deadline: Number.NaN };
  for (const timed of [...others, wrong]) timer.add(timed);
  await pause(150);
  expect([wrong, ...others].map(({ endedAt }) => endedAt.length)).toEqual([1, 1, 1]);
});

it('takes what is added while it ends others', async () => {
  const timer = new DeadlineTimer();
  const added = noted(40);
  timer.add(noted(500));
  timer.add({ deadline: performance.now() + 10, onDeadline: () => timer.add(added) });
  await pause(150);
  expect(added.endedAt).toHaveLength(1);
});
