import { describe, expect, test } from 'vitest';
import { message } from '../testing/messages.ts';
import { createKafkaWindow, type HeldMessage, type KafkaWindow } from './kafka-window.ts';

const NOTHING = { offset: -1, marks: '' };
const begin = (window: KafkaWindow): HeldMessage => {
  const taken = window.take() as HeldMessage;
  window.begin(taken);
  return taken;
};
/** One message an offset, from 0 on. */
const filled = (subjects: readonly string[], before = NOTHING): KafkaWindow => {
  const window = createKafkaWindow(before);
  for (const [offset, subject] of subjects.entries()) window.offer(offset, message(subject), 100);
  return window;
};

describe('the window of a partition', () => {
  test('begins one message of a subject at a time, and other subjects beside it', () => {
    const window = filled(['a', 'a', 'b']);
    const first = begin(window);
    expect(begin(window).offset).toBe(2);
    expect(window.take()).toBeUndefined();
    window.done(first);
    expect(begin(window).offset).toBe(1);
  });

  test('a message that failed holds back its subject until it is released, and counts', () => {
    const window = filled(['a', 'a', 'b']);
    const failing = begin(window);
    window.failed(failing);
    expect(begin(window).offset).toBe(2);
    expect(window.take()).toBeUndefined();
    window.release(failing);
    expect(begin(window)).toMatchObject({ offset: 0, attempt: 2 });
  });

  test('commits the lowest offset that is not done, and what is known of those behind it', () => {
    const window = filled(['a', 'b', 'c', 'd']);
    const [a, b, c] = [begin(window), begin(window), begin(window)];
    window.done(b);
    window.failed(c);
    expect(window.progress()).toEqual({ offset: 0, marks: '1x1' });
    window.done(a);
    expect(window.progress()).toEqual({ offset: 2, marks: '1' });
  });

  test('goes on from what was committed: nothing that is done again, attempts counted', () => {
    const window = createKafkaWindow({ offset: 10, marks: '1x5' });
    for (let offset = 10; offset < 14; offset++) window.offer(offset, message(`s-${offset}`), 100);
    const begun = [begin(window), begin(window), begin(window)];
    expect(begun.map(({ offset, attempt }) => [offset, attempt])).toEqual([
      [10, 2],
      [12, 6],
      [13, 1],
    ]);
    expect(window.take()).toBeUndefined();
  });

  test('what is given back unfinished has not used up an attempt', () => {
    const window = filled(['a', 'b']);
    begin(window);
    expect(window.progress(true)).toEqual({ offset: 0, marks: '' });
    expect(window.progress()).toEqual({ offset: 0, marks: '1' });
  });

  test('passes over what nobody wants, gaps, and what it knows already', () => {
    const window = createKafkaWindow({ offset: 3, marks: '' });
    window.offer(3, undefined, 0);
    window.offer(7, message('a'), 100);
    window.offer(7, message('a'), 100);
    expect(window.progress()).toEqual({ offset: 7, marks: '' });
    window.done(begin(window));
    expect(window.progress()).toEqual({ offset: 8, marks: '' });
    expect(window.take()).toBeUndefined();
  });

  test('is full by number and by size, but always takes one', () => {
    const bySize = createKafkaWindow(NOTHING);
    expect(bySize.hasRoom()).toBe(true);
    bySize.offer(0, message('a'), 3_000_000);
    expect(bySize.hasRoom()).toBe(false);
    bySize.done(begin(bySize));
    expect(bySize.hasRoom()).toBe(true);
    const byNumber = filled(Array.from({ length: 1_000 }, (_, index) => `s-${index}`));
    expect(byNumber.hasRoom()).toBe(false);
    expect(byNumber.progress().marks.length).toBeLessThanOrEqual(1_000);
  });
});
