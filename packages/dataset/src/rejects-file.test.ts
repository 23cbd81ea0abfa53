import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { expect, test } from 'vitest';
import { createRejectsFile, openRejectsFile } from './rejects-file.ts';
import { writeTestDataset } from './testing.ts';

test('writes a CSV file that a spreadsheet opens', () => {
  using folder = writeTestDataset();
  const path = join(folder.path, 'rejects.csv');
  createRejectsFile(path);
  const [one, other] = [openRejectsFile(path), openRejectsFile(path)];
  one.reject({ file: 'users.csv', line: 2, column: 'id', got: 'nothing', expected: 'letters, digits' });
  other.reject({ file: 'orders.csv', line: 3, column: undefined, got: `'a"b'`, expected: '4' });
  one.flush();
  other.flush();
  one.flush();
  expect(readFileSync(path, 'utf8')).toBe(`file,line,column,got,expected\nusers.csv,2,id,nothing,"letters, digits"\norders.csv,3,,"'a""b'",4\n`);
});

test('says where it cannot be written', () => {
  expect(() => createRejectsFile('/nowhere/rejects.csv')).toThrow(StartupError);
});
