import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { type CsvRecord, readCsvRecords } from './csv-records.ts';
import { collect, createRandom } from './testing.ts';

async function* inChunks(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const read = async (text: string, chunkSize = 65_536): Promise<CsvRecord[]> => (await collect(readCsvRecords(inChunks(text, chunkSize)))).flat();

const rows = async (text: string, chunkSize?: number): Promise<[number, ...string[]][]> =>
  (await read(text, chunkSize)).map(({ line, fields, fault }) => [line, ...(fault === undefined ? fields : [`got ${fault.got}`])]);

test('quotes, commas and line breaks inside quotes, CRLF, blank lines, a byte order mark, no newline at the end', async () => {
  const text = '\xef\xbb\xbf"a",b\r\n"x ""1""","1,2"\r\n\r\n"two\nlines",y\n,\nlast,row';
  for (const chunkSize of [1, 2, 3, 7, 1000])
    expect(await rows(text, chunkSize)).toEqual([
      [1, 'a', 'b'],
      [2, 'x "1"', '1,2'],
      [4, 'two\nlines', 'y'],
      [6, '', ''],
      [7, 'last', 'row'],
    ]);
});

test('a quote too many costs its own row and no other', async () => {
  for (const chunkSize of [1, 5, 1000]) {
    expect(await rows('a,"b\nc,d\ne,f\n', chunkSize)).toEqual([
      [1, 'got a quote that is never closed'],
      [2, 'c', 'd'],
      [3, 'e', 'f'],
    ]);
    expect(await rows('a,"b\nc,"d"\ne,f\n', chunkSize)).toEqual([
      [1, 'got text after a closing quote'],
      [2, 'c', 'd'],
      [3, 'e', 'f'],
    ]);
    expect(await rows('a,b"c\nd,e\n', chunkSize)).toEqual([
      [1, 'got a quote in the middle of a field'],
      [2, 'd', 'e'],
    ]);
  }
});

test('a line without end does not fill the memory, nor does a quote that is never closed', async () => {
  const long = 'x'.repeat(3_000_000);
  expect(await rows(`a,b\n${long}\nc,d\n`)).toEqual([
    [1, 'a', 'b'],
    [2, 'got more than 1048576 bytes'],
    [3, 'c', 'd'],
  ]);
  const lines = 'c,d\n'.repeat(500_000);
  const records = await read(`a,"b\n${lines}`);
  expect(records.length).toBe(500_001);
  expect(records[0]?.fault?.got).toBe('a quote that is never closed');
  expect(records.at(-1)).toEqual({ line: 500_001, fields: ['c', 'd'], fault: undefined });
});

test('reads whatever csv-parse reads, in the same way', async () => {
  const random = createRandom(20_111_209);
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] as string;
  const field = (): string => {
    const value = Array.from({ length: Math.floor(random() * 4) }, () => pick(['a', ' ', ',', '"', '\n', '\r\n', '7', '\xe9'])).join('');
    return /[",\r\n]/.test(value) || random() < 0.2 ? `"${value.replaceAll('"', '""')}"` : value;
  };
  for (let round = 0; round < 500; round++) {
    const newline = pick(['\n', '\r\n']);
    const text = Array.from({ length: 1 + Math.floor(random() * 6) }, () => [field(), field(), field()].join(',') + newline).join('');
    const expected = parse(text, { record_delimiter: newline, skip_empty_lines: true }) as string[][];
    const chunkSize = 1 + Math.floor(random() * 20);
    expect((await read(text, chunkSize)).map((record) => record.fields)).toEqual(expected);
  }
});
