/** One row as it stands in the file. */
export interface CsvRecord {
  /** The line it starts on; the file's first line is 1. */
  line: number;
  /** Latin-1 text: one character a byte. Of a record with a fault only what could be told apart. */
  fields: string[];
  /** The syntax error, if it has one. */
  fault: { got: string; expected: string } | undefined;
}

interface Parsed {
  fields: string[];
  /** Where the next record starts; -1 when the text ends inside a quoted field. */
  end: number;
  fault: CsvRecord['fault'];
}

const BYTE_ORDER_MARK = '\xef\xbb\xbf';
const MAX_RECORD_LENGTH = 1_048_576;
const UNCLOSED = { got: 'a quote that is never closed', expected: 'a closing quote' };
const STRAY = { got: 'a quote in the middle of a field', expected: 'the whole field in quotes, and quotes inside it doubled' };
const TRAILING = { got: 'text after a closing quote', expected: 'a comma or the end of the line' };
const TOO_LONG = { got: `more than ${MAX_RECORD_LENGTH} bytes`, expected: 'a shorter row' };

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** The position after a quoted field's closing quote; `start` is behind the opening one. -1: never closed. */
const endOfQuoted = (text: string, start: number): number => {
  for (let at = text.indexOf('"', start); at !== -1; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at + 1;
  return -1;
};

const endOfPlain = (text: string, start: number, newline: number): number => {
  const comma = text.indexOf(',', start);
  return comma === -1 || comma > newline ? newline : comma;
};

interface ParsedField {
  value: string;
  /** Where its comma or line break stands. */
  end: number;
  isLast: boolean;
  fault: Parsed['fault'];
}

/** @returns undefined when the text ends before the field does. */
const parseField = (text: string, at: number): ParsedField | undefined => {
  const isQuoted = text[at] === '"';
  const close = isQuoted ? endOfQuoted(text, at + 1) : at;
  const newline = close === -1 ? -1 : text.indexOf('\n', close);
  if (newline === -1) return undefined;
  const end = endOfPlain(text, close, newline);
  const isLast = end === newline;
  const plain = isLast ? withoutReturn(text.slice(close, end)) : text.slice(close, end);
  if (isQuoted) return { value: text.slice(at + 1, close - 1).replaceAll('""', '"'), end, isLast, fault: plain === '' ? undefined : TRAILING };
  return { value: plain, end, isLast, fault: plain.includes('"') ? STRAY : undefined };
};

/** Parses the record at `start` by RFC 4180, line breaks inside quotes included. `text` may be cut anywhere. */
const parseQuoted = (text: string, start: number): Parsed => {
  const fields: string[] = [];
  for (let at = start; ; at++) {
    const field = parseField(text, at);
    if (field === undefined) return { fields, end: -1, fault: UNCLOSED };
    fields.push(field.value);
    if (field.isLast || field.fault !== undefined) return { fields, end: field.end + 1, fault: field.fault };
    at = field.end;
  }
};

const countLines = (text: string, start: number, end: number): number => {
  let lines = 0;
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
};

interface Cursor {
  /** What was read of the file and is not parsed yet. */
  text: string;
  line: number;
  /** Inside a line that was reported as too long. */
  skipping: boolean;
}

/** After a syntax error reading goes on with the next line, so that one quote too many costs one row and not the rest of the file. */
const takeQuoted = (cursor: Cursor, at: number, newline: number, last: boolean, batch: CsvRecord[]): number => {
  const { fields, end, fault } = parseQuoted(cursor.text, at);
  if (end === -1 && !last && cursor.text.length - at < MAX_RECORD_LENGTH) return -1;
  batch.push({ line: cursor.line, fields, fault });
  const next = fault === undefined ? end : newline + 1;
  cursor.line += countLines(cursor.text, at, next);
  return next;
};

const takeLine = (cursor: Cursor, at: number, newline: number, batch: CsvRecord[]): number => {
  const line = withoutReturn(cursor.text.slice(at, newline));
  if (cursor.skipping) cursor.skipping = false;
  else if (line !== '') batch.push({ line: cursor.line, fields: line.split(','), fault: undefined });
  cursor.line++;
  return newline + 1;
};

const skipLine = (cursor: Cursor, batch: CsvRecord[]): void => {
  if (!cursor.skipping) batch.push({ line: cursor.line, fields: [], fault: TOO_LONG });
  cursor.skipping = true;
  cursor.text = '';
};

const nextQuote = (text: string, at: number): number => {
  const quote = text.indexOf('"', at);
  return quote === -1 ? text.length : quote;
};

const takeRecords = (cursor: Cursor, last: boolean): CsvRecord[] => {
  const batch: CsvRecord[] = [];
  const { text } = cursor;
  let at = cursor.line === 1 && text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  let quote = nextQuote(text, at);
  for (let newline = text.indexOf('\n', at); newline !== -1; newline = text.indexOf('\n', at)) {
    if (quote < at) quote = nextQuote(text, at);
    const next = quote < newline && !cursor.skipping ? takeQuoted(cursor, at, newline, last, batch) : takeLine(cursor, at, newline, batch);
    if (next === -1) break;
    at = next;
  }
  cursor.text = text.slice(at);
  if (cursor.text.length > MAX_RECORD_LENGTH) skipLine(cursor, batch);
  return batch;
};

/**
 * The records of a CSV file (RFC 4180: commas, quotes doubled inside quotes, LF or CRLF), in batches of about one chunk.
 * Blank lines are passed over. Bytes are not decoded, so that broken UTF-8 can be told row by row. Memory is bounded: a
 * record of more than 1 MiB is a fault.
 */
export async function* readCsvRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<CsvRecord[]> {
  const cursor: Cursor = { text: '', line: 1, skipping: false };
  for await (const chunk of chunks) {
    cursor.text += chunk.toString('latin1');
    yield takeRecords(cursor, false);
  }
  if (cursor.text !== '') cursor.text += '\n';
  yield takeRecords(cursor, true);
}
