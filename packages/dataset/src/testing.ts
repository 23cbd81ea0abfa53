import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { TableName } from './fields.ts';
import type { ImportMessage } from './import-messages.ts';
import { describeRejection, type Reject } from './rejection.ts';

/** A folder for tests; gone when its scope ends. */
export interface TestDataset extends Disposable {
  path: string;
}

const SMALL: Readonly<Record<TableName, string>> = {
  categories: 'slug,name,parent_slug\nhome,Home,\nlamps,Lamps,home\n',
  products: 'sku,name,unit_price_pence,category_slug\nL1,Lamp,1000,lamps\nC1,Cup,250,home\n',
  users: 'id,email,name,country\n7,ada@example.com,Ada,France\n8,bob@example.com,Bob,Norway\n',
  orders: 'id,user_id,status,placed_at\n1,7,PAID,2011-01-01T10:00:00Z\n2,,CANCELLED,2011-01-02T10:00:00Z\n',
  order_items: 'order_id,sku,quantity,unit_price_pence\n1,L1,2,900\n1,C1,1,250\n2,C1,4,250\n',
};

/**
 * Writes a small good data set (2 categories, 2 products, 2 users, 2 orders, 3 lines), with other contents for the files that
 * are named; null leaves a file out.
 * @param zipped as .csv.gz.
 */
export const writeTestDataset = (contents: Readonly<Partial<Record<TableName, string | Buffer | null>>> = {}, zipped = false): TestDataset => {
  const path = mkdtempSync(join(tmpdir(), 'supergraph-dataset-'));
  for (const [table, content] of Object.entries({ ...SMALL, ...contents })) {
    if (content === null) continue;
    writeFileSync(join(path, zipped ? `${table}.csv.gz` : `${table}.csv`), zipped ? gzipSync(content) : content);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
};

/** Collects rejections as people read them. */
export const collectRejections = (): { reject: Reject; lines: string[] } => {
  const lines: string[] = [];
  return { lines, reject: (rejection) => lines.push(describeRejection(rejection)) };
};

/** Everything that `rows` gives. */
export const collect = async <Row>(rows: AsyncIterable<Row>): Promise<Row[]> => {
  const collected: Row[] = [];
  for await (const row of rows) collected.push(row);
  return collected;
};

/** A sequence of numbers from 0 to below 1 that is the same for the same seed (mulberry32). */
export const createRandom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Runs a room's import as the CLI does, and collects what it tells its parent. */
export const runImportProcess = (
  entry: URL,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; messages: ImportMessage[]; printed: string }> =>
  new Promise((resolve) => {
    const messages: ImportMessage[] = [];
    let printed = '';
    const child = fork(fileURLToPath(entry), args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
    for (const output of [child.stdout, child.stderr]) output?.on('data', (chunk) => (printed += chunk));
    child.on('message', (message) => messages.push(message as ImportMessage));
    child.on('close', (code) => resolve({ code, messages, printed }));
  });
