import type { CsvRecord } from './csv-records.ts';
import { type DatasetFolder, readTableRecords } from './dataset-folder.ts';
import { type Fields, TABLES, type TableName, type Values } from './fields.ts';
import { type Fault, shown } from './rejection.ts';

/** A row as far as it can be judged alone. */
export type Row<Name extends TableName> =
  | { line: number; key: string; values: Values<Name>; fault: undefined }
  /** `key` is undefined when even the first column cannot be read. */
  | { line: number; key: string | undefined; values: undefined; fault: Fault };

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const HIGH_BYTE = /[\x80-\xff]/;

/** @returns undefined when the bytes are not UTF-8. */
const decoded = (bytes: string): string | undefined => {
  if (!HIGH_BYTE.test(bytes)) return bytes;
  try {
    return decoder.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
};

const shownBytes = (bytes: string): string => shown(bytes).replace(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);

interface Shape {
  columns: readonly string[];
  fields: Fields;
  positions: readonly number[];
  width: number;
}

const faultOfRecord = ({ fault, fields }: CsvRecord, width: number): Fault | undefined => {
  if (fault !== undefined) return { column: undefined, ...fault };
  if (fields.length === width) return undefined;
  return { column: undefined, got: `${fields.length} field${fields.length === 1 ? '' : 's'}`, expected: String(width) };
};

const firstBrokenField = (record: CsvRecord, { columns, fields, positions }: Shape, values: Record<string, unknown>): Fault | undefined => {
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index] as string;
    const { parse, expected } = fields[column] as Fields[string];
    const bytes = record.fields[positions[index] as number] as string;
    const text = decoded(bytes);
    if (text === undefined) return { column, got: shownBytes(bytes), expected: 'UTF-8' };
    const value = parse(text);
    if (value === undefined) return { column, got: shown(text), expected };
    values[column] = value;
  }
  return undefined;
};

const keyOf = (record: CsvRecord, { columns, fields, positions }: Shape): string | undefined => {
  const text = decoded(record.fields[positions[0] as number] ?? '');
  return text === undefined ? undefined : (fields[columns[0] as string]?.parse(text) as string | undefined);
};

const toRow = (record: CsvRecord, shape: Shape): Row<TableName> => {
  const values: Record<string, unknown> = {};
  const fault = faultOfRecord(record, shape.width) ?? firstBrokenField(record, shape, values);
  if (fault !== undefined) return { line: record.line, key: keyOf(record, shape), values: undefined, fault };
  return { line: record.line, key: values[shape.columns[0] as string] as string, values: values as Values<TableName>, fault };
};

/** Every row of one file, in batches: a promise for each of half a million rows would cost more than reading them. */
export async function* readRows<Name extends TableName>(folder: DatasetFolder, table: Name): AsyncGenerator<Row<Name>[]> {
  const { positions, width } = folder.files[table];
  const shape: Shape = { columns: Object.keys(TABLES[table]), fields: TABLES[table], positions, width };
  for await (const batch of readTableRecords(folder, table)) yield batch.map((record) => toRow(record, shape)) as Row<Name>[];
}
