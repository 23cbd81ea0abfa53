import type { DatasetFolder } from './dataset-folder.ts';
import type { TableName, Values } from './fields.ts';
import { type Row, readRows } from './read-rows.ts';
import { type Fault, type Reject, shown } from './rejection.ts';

/** The keys of a file and the lines they stand on: what other files refer to. */
export interface Keys {
  accepted: Map<string, number>;
  rejected: Map<string, number>;
}

export const noKeys = (): Keys => ({ accepted: new Map(), rejected: new Map() });

/** V8 lets a cut-out string keep the whole chunk it was cut from in memory; a key that stays must be a copy. */
export const kept = (key: string): string => Buffer.from(key).toString();

/** The rejection of a row that refers to what is not imported. `what` is for instance `a category`. */
export const faultOfReference = (column: string, key: string, { accepted, rejected }: Keys, what: string, file: string): Fault | undefined => {
  if (accepted.has(key)) return undefined;
  const line = rejected.get(key);
  return {
    column,
    got: shown(key),
    expected: line === undefined ? `${what} of ${file}` : `${what} that is imported: line ${line} of ${file} is rejected`,
  };
};

/** The rejection of a value that has to be unique and is not. */
export const faultOfDuplicate = (column: string, value: string, line: number | undefined): Fault | undefined =>
  line === undefined ? undefined : { column, got: shown(value), expected: `a value of its own: line ${line} has the same` };

export interface KeyedReader<Name extends TableName> {
  folder: DatasetFolder;
  table: Name;
  /** Filled while reading. */
  keys: Keys;
  reject: Reject;
  /** Judges a row whose fields are good and whose key is new. */
  check?: (values: Values<Name>, line: number) => Fault | undefined;
}

const KEY_COLUMN: Readonly<Record<TableName, string>> = { categories: 'slug', products: 'sku', users: 'id', orders: 'id', order_items: 'order_id' };

export interface GoodRow<Name extends TableName> {
  line: number;
  values: Values<Name>;
}

/** The rows of a file whose first column is unique; the first good row of a key is the one that counts. */
export async function* readKeyed<Name extends TableName>(reader: KeyedReader<Name>): AsyncGenerator<GoodRow<Name>[]> {
  const { folder, table, keys, reject, check } = reader;
  const file = folder.files[table].name;
  const leaveOut = ({ line, key }: Row<Name>, fault: Fault): void => {
    if (key !== undefined && !keys.accepted.has(key)) keys.rejected.set(kept(key), line);
    reject({ file, line, ...fault });
  };
  const faultOf = (key: string, values: Values<Name>, line: number): Fault | undefined =>
    faultOfDuplicate(KEY_COLUMN[table], key, keys.accepted.get(key)) ?? check?.(values, line);
  const take = (row: Row<Name>, good: GoodRow<Name>[]): void => {
    const fault = row.fault ?? faultOf(row.key, row.values, row.line);
    if (row.fault !== undefined || fault !== undefined) leaveOut(row, fault as Fault);
    else {
      keys.accepted.set(kept(row.key), row.line);
      good.push(row);
    }
  };
  for await (const batch of readRows(folder, table)) {
    const good: GoodRow<Name>[] = [];
    for (const row of batch) take(row, good);
    yield good;
  }
}

/** Rows one by one. */
export async function* oneByOne<From, To>(batches: AsyncIterable<From[]>, toRow: (from: From) => To): AsyncGenerator<To> {
  for await (const batch of batches) for (const row of batch) yield toRow(row);
}

/** Reads to the end, for the keys alone. */
export const drain = async (batches: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of batches);
};
