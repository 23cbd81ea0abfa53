import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { usage } from './dev-command.ts';
import { listenToKeys, SHORTCUTS, SHORTCUTS_LINE } from './shortcuts.ts';

const setUp = () => {
  const pressed: string[] = [];
  const modes: boolean[] = [];
  const setRawMode = (raw: boolean): PassThrough => {
    modes.push(raw);
    return stdin;
  };
  const stdin: PassThrough = Object.assign(new PassThrough(), { isTTY: true, setRawMode });
  const keys = Object.keys(SHORTCUTS) as (keyof typeof SHORTCUTS)[];
  const shortcuts = Object.fromEntries(keys.map((key) => [key, () => void pressed.push(key)])) as Record<keyof typeof SHORTCUTS, () => void>;
  return { pressed, modes, stdin, keys, shortcuts };
};

test('every key that is told does something, and no other does', async () => {
  const { pressed, modes, stdin, keys, shortcuts } = setUp();
  const stop = listenToKeys(stdin as unknown as Parameters<typeof listenToKeys>[0], shortcuts);
  for (const key of ['x', ...keys, 'toString', '\u001b[A']) stdin.write(key);
  await expect.poll(() => pressed).toEqual(keys);
  stop();
  stdin.write('r');
  expect([pressed.length, modes]).toEqual([keys.length, [true, false]]);
});

test('the banner and the help tell the same keys', () => {
  expect(usage).toContain(`  ${SHORTCUTS_LINE}\n`);
  expect(SHORTCUTS_LINE.match(/(^| {3})\w(?= )/g)?.map((key) => key.trim())).toEqual(Object.keys(SHORTCUTS));
});
