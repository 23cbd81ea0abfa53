import { expect, it } from 'vitest';
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';

const setUp = (): { breaker: CircuitBreaker; at: (time: number) => void; changes: string[] } => {
  let now = 0;
  const changes: string[] = [];
  const options = { failures: 2, openMs: 5_000, halfOpenProbes: 1 };
  const breaker = createCircuitBreaker(
    options,
    () => now,
    (state) => changes.push(state),
  );
  return {
    breaker,
    changes,
    at: (time) => {
      now = time;
    },
  };
};

const fail = (breaker: CircuitBreaker): void => breaker.settle(breaker.admit() ?? -1, 'failure');

it('counts failures in a row only', () => {
  const { breaker } = setUp();
  for (let i = 0; i < 10; i++) {
    fail(breaker);
    breaker.settle(breaker.admit() ?? -1, 'success');
  }
  fail(breaker);
  breaker.settle(breaker.admit() ?? -1, 'inconclusive');
  expect(breaker.state()).toBe('closed');
  fail(breaker);
  expect(breaker.state()).toBe('open');
  expect(breaker.admit()).toBeUndefined();
});

it('stays open twice as long each time, 30 s at most, and starts anew once closed', () => {
  const { breaker, at, changes } = setUp();
  fail(breaker);
  fail(breaker);
  let time = 0;
  for (const openMs of [5_000, 10_000, 20_000, 30_000, 30_000]) {
    expect(breaker.probeInMs()).toBe(openMs);
    at(time + openMs - 1);
    expect(breaker.refuses()).toBe(true);
    time += openMs;
    at(time);
    expect(breaker.state()).toBe('half-open');
    fail(breaker);
    expect(breaker.state()).toBe('open');
  }
  at(time + 30_000);
  breaker.settle(breaker.admit() ?? -1, 'success');
  expect(breaker.state()).toBe('closed');
  fail(breaker);
  fail(breaker);
  expect(breaker.probeInMs()).toBe(5_000);
  expect(changes.slice(0, 3)).toEqual(['open', 'half-open', 'open']);
});

it('gives the place of a probe that told nothing to the next', () => {
  const { breaker, at } = setUp();
  fail(breaker);
  fail(breaker);
  at(5_000);
  const probe = breaker.admit();
  expect(probe).toBeDefined();
  expect(breaker.refuses()).toBe(true);
  expect(breaker.admit()).toBeUndefined();
  breaker.settle(probe ?? -1, 'inconclusive');
  expect(breaker.refuses()).toBe(false);
  breaker.settle(breaker.admit() ?? -1, 'success');
  expect(breaker.state()).toBe('closed');
});

it('learns nothing from what was sent before it opened', () => {
  const { breaker, at } = setUp();
  const [slow, slower] = [breaker.admit() ?? -1, breaker.admit() ?? -1];
  fail(breaker);
  fail(breaker);
  breaker.settle(slow, 'success');
  expect(breaker.state()).toBe('open');
  at(5_000);
  const probe = breaker.admit() ?? -1;
  breaker.settle(slower, 'failure');
  expect(breaker.probeInMs()).toBe(0);
  breaker.settle(probe, 'success');
  expect(breaker.state()).toBe('closed');
});
