import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { codeFrame, describeWithFrames } from './code-frame.ts';

const folder = mkdtempSync(join(tmpdir(), 'code-frame-'));
writeFileSync(join(folder, 'schema.graphql'), 'type A {\n\tb: C\n}\n');
afterAll(() => rmSync(folder, { recursive: true }));

test('shows the line with its neighbours and a caret, tabs kept', () => {
  expect(codeFrame(folder, { file: 'schema.graphql', line: 2, column: 5 })).toEqual([
    '      1 | type A {',
    '    > 2 | \tb: C',
    '        | \t   ^',
    '      3 | }',
  ]);
});

test.each([
  ['a file that is gone', { file: 'gone.graphql', line: 1, column: 1 }],
  ['a line that is not there', { file: 'schema.graphql', line: 99, column: 1 }],
])('shows nothing for %s', (_what, place) => {
  expect(codeFrame(folder, place)).toEqual([]);
});

test('many problems are cut short, and their number is told', () => {
  const problem = { code: 'X', message: 'bad', places: [{ subgraph: 'a', coordinate: 'A.b', file: 'schema.graphql', line: 1, column: 6 }] };
  const lines = describeWithFrames(
    folder,
    Array.from({ length: 7 }, () => problem),
  );
  expect(lines.slice(0, 4)).toEqual(['✗ X: bad', '    schema.graphql:1:6  a A.b', '    > 1 | type A {', '        |      ^']);
  expect(lines.at(-1)).toBe('  and 2 more: npm run compose shows all');
});

test.each([
  ['a field', 'type A {\n  "What it is."\n  b: C\n}\n', 'A.b', 2, '    > 3 |   b: C', '        |   ^'],
  ['a field on the same line', 'type A {\n  "It." type: C\n}\n', 'A.type', 2, '    > 2 |   "It." type: C', '        |         ^'],
  ['a type', '"""\nMany\nlines.\n"""\ntype A {\n  b: C\n}\n', 'A', 1, '    > 5 | type A {', '        |      ^'],
])('the caret stands under the name of %s, not under its description', (_what, text, coordinate, line, shown, caret) => {
  writeFileSync(join(folder, 'described.graphql'), text);
  const column = line === 1 ? 1 : 3;
  const lines = describeWithFrames(folder, [
    { code: 'X', message: 'bad', places: [{ subgraph: 'a', coordinate, file: 'described.graphql', line, column }] },
  ]);
  expect(lines).toContain(shown);
  expect(lines[lines.indexOf(shown) + 1]).toBe(caret);
});
