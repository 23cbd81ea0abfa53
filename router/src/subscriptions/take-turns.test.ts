import { expect, it } from 'vitest';
import { createTurns, untilAborted } from './take-turns.ts';

const { signal } = new AbortController();

it('holds up what is of the same name alone, and passes over who went away', async () => {
  const inTurn = createTurns(1);
  const slow = Promise.withResolvers<string>();
  const abort = new AbortController();
  const ran: string[] = [];
  const first = inTurn('orders', signal, () => slow.promise);
  const gone = inTurn('orders', abort.signal, async () => ran.push('gone'));
  const next = inTurn('orders', signal, async () => ran.push('next'));
  await inTurn('users', signal, async () => ran.push('other'));
  expect(ran).toEqual(['other']);
  abort.abort(new Error('left'));
  slow.resolve('done');
  await expect(gone).rejects.toThrow('left');
  expect(await first).toBe('done');
  await next;
  expect(ran).toEqual(['other', 'next']);
});

it('takes the next turn after work that failed', async () => {
  const inTurn = createTurns(1);
  await expect(inTurn('orders', signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await inTurn('orders', signal, async () => 'yes')).toBe('yes');
});

it('ends a wait that is aborted, before or meanwhile', async () => {
  const never = new Promise<void>(() => undefined);
  const abort = new AbortController();
  const waiting = untilAborted(abort.signal, never);
  abort.abort(new Error('left'));
  await expect(waiting).rejects.toThrow('left');
  await expect(untilAborted(abort.signal, never)).rejects.toThrow('left');
});
