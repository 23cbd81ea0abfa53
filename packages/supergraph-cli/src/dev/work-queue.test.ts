import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createWorkQueue } from './work-queue.ts';

const setUp = () => {
  const done: string[] = [];
  const state = { composes: true, version: 0, slow: 0 };
  const queue = createWorkQueue({
    isChanged: (file) => !file.endsWith('untouched.ts'),
    recompose: () => {
      done.push(`compose ${state.version}`);
      return state.composes;
    },
    codegen: () => void done.push('codegen'),
    restart: async (name) => {
      const { version } = state;
      await sleep(state.slow);
      done.push(`restart ${name} ${version}`);
      if (name === 'broken') throw new Error('it does not start');
    },
    load: () => void done.push('load'),
    follow: async () => void done.push('follow'),
    tellFailure: (name, error) => void done.push(`${name}: ${(error as Error).message}`),
  });
  return { done, state, queue };
};

const until = (done: readonly string[], length: number) => expect.poll(() => done.length, { interval: 10 }).toBeGreaterThanOrEqual(length);

test('several events of one save are one restart, and an event that changed nothing is none', async () => {
  const { done, queue } = setUp();
  for (let event = 0; event < 3; event++) queue.later('/order/a.ts', ({ restart }) => restart.add('order'));
  queue.later('/user/untouched.ts', ({ restart }) => restart.add('user'));
  await until(done, 1);
  await sleep(150);
  expect(done).toEqual(['restart order 0']);
});

test('50 saves while rooms restart slowly end with the last one', async () => {
  const { done, state, queue } = setUp();
  state.slow = 100;
  for (state.version = 1; state.version <= 50; state.version++) {
    queue.later('/order/schema.graphql', ({ compose, restart }) => {
      compose.add('order');
      restart.add('order');
    });
    await sleep(10);
  }
  state.version = 50;
  await expect.poll(() => done.at(-1)).toBe('restart order 50');
  expect(done.filter((entry) => entry.startsWith('restart')).length).toBeLessThan(10);
});

test('a schema that does not compose holds its own room back, not the others; the next good one lets it go', async () => {
  const { done, state, queue } = setUp();
  state.composes = false;
  queue.later('/order/schema.graphql', ({ compose, restart }) => {
    compose.add('order');
    restart.add('order');
  });
  queue.later('/user/a.ts', ({ restart }) => restart.add('user'));
  await until(done, 2);
  expect(done.splice(0)).toEqual(['compose 0', 'restart user 0']);
  state.composes = true;
  queue.later('/user/schema.graphql', ({ compose }) => compose.add('user'));
  await until(done, 3);
  expect(done).toEqual(['compose 0', 'codegen', 'restart order 0']);
});

test('a room that does not start is told, and stops nothing else', async () => {
  const { done, queue } = setUp();
  queue.later('key', ({ restart }) => void restart.add('broken').add('order'));
  await until(done, 3);
  expect([...done].sort()).toEqual(['broken: it does not start', 'restart broken 0', 'restart order 0']);
});

test('rooms follow the topology only when it composes', async () => {
  const { done, state, queue } = setUp();
  state.composes = false;
  queue.later('topology', (work) => {
    work.follow = true;
  });
  await until(done, 2);
  expect(done.splice(0)).toEqual(['load', 'compose 0']);
  state.composes = true;
  queue.later('/new/schema.graphql', ({ compose }) => compose.add('new'));
  await until(done, 3);
  expect(done).toEqual(['compose 0', 'codegen', 'follow']);
});
