import { expect, test } from 'vitest';
import { toCopyStream, toCopyText } from './copy-text.ts';
import { collect } from './testing.ts';

test('escapes what has a meaning in COPY text, and tells NULL from the empty string', () => {
  expect(toCopyText(['a\\b', 'c\td', 'e\nf\rg', '', null, undefined, 0, true])).toBe('a\\\\b\tc\\td\te\\nf\\rg\t\t\\N\t\\N\t0\ttrue\n');
  expect(toCopyText(['', 'x'])).toBe('\tx\n');
  expect(toCopyText(['\\N'])).toBe('\\\\N\n');
});

test('many rows become few chunks', async () => {
  const rows = Array.from({ length: 100_000 }, (_, index) => index);
  const chunks: Buffer[] = await collect(toCopyStream(rows, (row) => [row, 'é']));
  expect(chunks.length).toBeLessThan(20);
  expect(Buffer.concat(chunks).toString()).toBe(rows.map((row) => `${row}\té\n`).join(''));
});

test('fails with what the rows fail with', async () => {
  const failing = async function* () {
    yield 1;
    throw new Error('the file ended');
  };
  await expect(collect(toCopyStream(failing(), (row) => [row]))).rejects.toThrow('the file ended');
});
