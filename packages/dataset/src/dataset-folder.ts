import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf } from '@supergraph/service/process';
import { StartupError } from '@supergraph/service/startup-error';
import { type CsvRecord, readCsvRecords } from './csv-records.ts';
import { TABLES, type TableName } from './fields.ts';

/** How far a long job is, in units its parts agree on: here bytes of the files. */
export interface Progress {
  /** There are `units` more to do. */
  expect(units: number): void;
  /** `units` more are done. */
  advance(units: number): void;
}

interface DatasetFile {
  /** Its name in the folder. */
  name: string;
  bytes: number;
  /** Where each of our columns stands in its rows. */
  positions: readonly number[];
  /** Fields in a row, columns that are not ours included. */
  width: number;
}

/** A folder of which all five files are there, with all their columns. */
export interface DatasetFolder {
  path: string;
  files: Readonly<Record<TableName, DatasetFile>>;
  progress: Progress;
}

const TABLE_NAMES = Object.keys(TABLES) as TableName[];
const UNREADABLE: Readonly<Record<string, string>> = { ENOENT: 'there is no such folder', ENOTDIR: 'it is not a folder' };
const CHUNK_BYTES = 262_144;
const FIX =
  'the folder needs categories, products, users, orders and order_items, each as .csv or .csv.gz, with the columns that data/online-retail/README.md lists';

const failure = (path: string, problem: string, cause?: unknown): StartupError =>
  new StartupError(`nothing is imported from ${path}: ${problem}`, FIX, cause);

async function* readRecords(path: string, name: string, advance: (bytes: number) => void): AsyncGenerator<CsvRecord[]> {
  const raw = createReadStream(join(path, name), { highWaterMark: CHUNK_BYTES });
  raw.on('data', (chunk) => advance(chunk.length));
  const bytes = name.endsWith('.gz') ? pipeline(raw, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined) : raw;
  try {
    yield* readCsvRecords(bytes as AsyncIterable<Buffer>);
  } catch (cause) {
    throw failure(path, `${name} cannot be read: ${messageOf(cause)}`, cause);
  } finally {
    raw.destroy();
  }
}

const findName = (path: string, present: ReadonlySet<string>, table: TableName): string => {
  const found = [`${table}.csv`, `${table}.csv.gz`].filter((name) => present.has(name));
  if (found.length === 2) throw failure(path, `there are both ${found.join(' and ')}`);
  if (found[0] === undefined) throw failure(path, `${table}.csv (or ${table}.csv.gz) is missing`);
  return found[0];
};

const readHeader = async (path: string, name: string): Promise<string[]> => {
  for await (const [header] of readRecords(path, name, () => undefined)) {
    if (header === undefined) continue;
    if (header.fault !== undefined) throw failure(path, `the header of ${name} has ${header.fault.got}`);
    return header.fields.map((field) => field.trim());
  }
  throw failure(path, `${name} is empty`);
};

const describeFile = async (path: string, name: string, table: TableName): Promise<DatasetFile> => {
  const { size } = await stat(join(path, name));
  const header = await readHeader(path, name);
  const columns = Object.keys(TABLES[table]);
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0) throw failure(path, `${name} has no column ${missing.join(', ')}; it has ${header.join(', ')}`);
  const repeated = columns.filter((column) => header.indexOf(column) !== header.lastIndexOf(column));
  if (repeated.length > 0) throw failure(path, `${name} has more than one column ${repeated.join(', ')}`);
  return { name, bytes: size, positions: columns.map((column) => header.indexOf(column)), width: header.length };
};

/**
 * Looks at all five files, so that no room imports its part of a folder that another room has to refuse.
 * @throws StartupError naming everything that is missing: the folder, a file, a column.
 */
export const openDatasetFolder = async (
  path: string,
  progress: Progress = { expect: () => undefined, advance: () => undefined },
): Promise<DatasetFolder> => {
  const present = await readdir(path).catch((cause: unknown) => {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw failure(path, UNREADABLE[code] ?? messageOf(cause), cause);
  });
  const names = new Set(present);
  const looked = await Promise.allSettled(TABLE_NAMES.map(async (table) => describeFile(path, findName(path, names, table), table)));
  const problems = looked.flatMap((look) =>
    look.status === 'rejected' ? [messageOf(look.reason).replace(`nothing is imported from ${path}: `, '')] : [],
  );
  if (problems.length > 0) throw failure(path, problems.join('; '));
  const files = Object.fromEntries(looked.map((look, index) => [TABLE_NAMES[index], (look as PromiseFulfilledResult<DatasetFile>).value]));
  return { path, files: files as DatasetFolder['files'], progress };
};

/** Tells how much will be read, before reading begins, so that the share that is done never goes back. */
export const expectReading = ({ files, progress }: DatasetFolder, tables: readonly TableName[]): void => {
  for (const table of tables) progress.expect(files[table].bytes);
};

/** The records of one file, its header left out. */
export async function* readTableRecords(folder: DatasetFolder, table: TableName): AsyncGenerator<CsvRecord[]> {
  let isHeader = true;
  for await (const batch of readRecords(folder.path, folder.files[table].name, folder.progress.advance)) {
    if (isHeader && batch.length > 0) {
      batch.shift();
      isHeader = false;
    }
    yield batch;
  }
}
