import { Readable } from 'node:stream';

/** A value of one column; null and undefined are SQL's NULL. */
export type CopyValue = string | number | boolean | null | undefined;

const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const CHUNK_LENGTH = 65_536;

const escaped = (text: string): string => (SPECIAL.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] as string) : text);

/** One line of COPY's text format (https://www.postgresql.org/docs/18/sql-copy.html), its newline included. */
export const toCopyText = (fields: readonly CopyValue[]): string => {
  let line = '';
  let separator = '';
  for (const field of fields) {
    line += separator + (field === null || field === undefined ? '\\N' : escaped(String(field)));
    separator = '\t';
  }
  return `${line}\n`;
};

async function* chunks<Row>(rows: Iterable<Row> | AsyncIterable<Row>, toFields: (row: Row) => readonly CopyValue[]): AsyncGenerator<Buffer> {
  let text = '';
  for await (const row of rows) {
    text += toCopyText(toFields(row));
    if (text.length < CHUNK_LENGTH) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

/** Rows as the input of a COPY, in chunks of about 64 KB; `toFields` gives the columns in COPY's order. Fails with whatever `rows` throws. */
export const toCopyStream = <Row>(rows: Iterable<Row> | AsyncIterable<Row>, toFields: (row: Row) => readonly CopyValue[]): Readable =>
  Readable.from(chunks(rows, toFields), { objectMode: false });
