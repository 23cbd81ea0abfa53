import { messageOf } from '@supergraph/service/process';
import { describeStartupError, StartupError } from '@supergraph/service/startup-error';
import { type DatasetFolder, openDatasetFolder, type Progress } from './dataset-folder.ts';
import type { ImportCount, ImportMessage } from './import-messages.ts';
import { describeRejection, type Reject, type Rejection } from './rejection.ts';
import { createRejectsFile, openRejectsFile } from './rejects-file.ts';

/** Rejections of one room that are shown; the rejects file has them all. */
export const SHOWN_REJECTIONS = 20;
const PROGRESS_INTERVAL_MS = 100;

/** What a room's import works with. */
export interface ImportContext {
  folder: DatasetFolder;
  reject: Reject;
  /** Reading the files counts by itself, in bytes; other long work may be added. */
  progress: Progress;
}

/** How many rows of a file were good, and how many of those the database did not have before. */
export interface ImportCounter {
  accepted: number;
  added: number;
}

/** By file: `categories`, `products`, … */
export type ImportResult = Readonly<Record<string, ImportCounter>>;

const print = (message: ImportMessage): void => {
  if (message.type === 'rejection') process.stderr.write(`${describeRejection(message.rejection)}\n`);
  if (message.type === 'failed')
    process.stderr.write(
      message.fix === undefined
        ? `✗ import of ${message.room} failed: ${message.what}\n`
        : `${describeStartupError(new StartupError(message.what, message.fix))}\n`,
    );
  if (message.type !== 'done') return;
  for (const [table, { read, added, already, rejected }] of Object.entries(message.counts))
    process.stdout.write(`${message.room}: ${table}: ${read} read, ${added} added, ${already} already there, ${rejected} rejected\n`);
};

/** Resolves when the parent has the message, or at once when there is no parent and it was printed. */
const tell = (message: ImportMessage): Promise<void> =>
  new Promise((resolve) => {
    if (process.send !== undefined) process.send(message, undefined, undefined, () => resolve());
    else resolve(print(message));
  });

const createProgress = (room: string): Progress => {
  let done = 0;
  let total = 0;
  let toldAt = 0;
  return {
    expect: (units) => {
      total += units;
    },
    advance: (units) => {
      done += units;
      if (process.send === undefined || (done < total && performance.now() - toldAt < PROGRESS_INTERVAL_MS)) return;
      toldAt = performance.now();
      void tell({ type: 'progress', room, done, total });
    },
  };
};

const createRejects = (room: string, given: string | undefined) => {
  const path = given ?? `${room}-rejects.csv`;
  const file = openRejectsFile(path);
  const counts = new Map<string, number>();
  let count = 0;
  const reject = (rejection: Rejection): void => {
    count++;
    if (count === 1 && given === undefined) createRejectsFile(path);
    if (count <= SHOWN_REJECTIONS) void tell({ type: 'rejection', room, rejection });
    const table = rejection.file.replace(/\.csv(\.gz)?$/, '');
    counts.set(table, (counts.get(table) ?? 0) + 1);
    file.reject(rejection);
  };
  const finish = (): void => {
    file.flush();
    if (count > 0 && process.send === undefined) process.stderr.write(`${count} rows rejected, all of them listed in ${path}\n`);
  };
  return { reject, finish, of: (table: string): number => counts.get(table) ?? 0 };
};

/** A masked error says little without what is under it. */
const whatHappened = (error: unknown): string => {
  const cause = error instanceof Error && !(error instanceof StartupError) ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)} (${messageOf(cause)})`;
};

const importWith = async (room: string, work: (context: ImportContext) => Promise<ImportResult>): Promise<Record<string, ImportCount>> => {
  const [, , path, rejectsPath] = process.argv;
  if (path === undefined)
    throw new StartupError(`${room} has nothing to import: no folder was named`, `node subgraphs/${room}/src/import.ts FOLDER [REJECTS-FILE]`);
  const progress = createProgress(room);
  const rejects = createRejects(room, rejectsPath);
  try {
    const result = await work({ folder: await openDatasetFolder(path, progress), reject: rejects.reject, progress });
    return Object.fromEntries(
      Object.entries(result).map(([table, { accepted, added }]) => {
        const rejected = rejects.of(table);
        return [table, { read: accepted + rejected, added, already: accepted - added, rejected }];
      }),
    );
  } finally {
    rejects.finish();
  }
};

/**
 * Runs a room's import as a process: `node import.ts FOLDER [REJECTS-FILE]`. With a parent (fork) it sends ImportMessages and
 * prints nothing, and REJECTS-FILE is there already; without one it prints, and makes `ROOM-rejects.csv` when a row is
 * rejected. `work` imports in one transaction: when it throws, nothing is imported. Exit code 0, 2 for a StartupError, else 1.
 * The process ends when its parent does.
 */
export const runImport = async (room: string, work: (context: ImportContext) => Promise<ImportResult>): Promise<void> => {
  const abandoned = (): never => process.exit(1);
  process.once('disconnect', abandoned);
  try {
    await tell({ type: 'done', room, counts: await importWith(room, work) });
  } catch (error) {
    const fix = error instanceof StartupError ? error.fix : undefined;
    await tell({ type: 'failed', room, what: whatHappened(error), fix });
    process.exitCode = fix === undefined ? 1 : 2;
  }
  process.off('disconnect', abandoned);
  if (process.connected) process.disconnect?.();
};
