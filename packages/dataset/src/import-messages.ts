import type { Rejection } from './rejection.ts';

/** What became of the rows of one file. `read` is the sum of the other three. */
export interface ImportCount {
  read: number;
  added: number;
  /** The key was in the database before; that row was kept as it is. */
  already: number;
  rejected: number;
}

/** What an import process tells its parent over the IPC channel (`child_process.fork`). */
export type ImportMessage =
  /** `done` and `total` count bytes of the files, and whatever else the room adds; `total` may grow. At most ten a second. */
  | { type: 'progress'; room: string; done: number; total: number }
  /** Only the first 20 of a room; every one is in the rejects file. */
  | { type: 'rejection'; room: string; rejection: Rejection }
  /** The last message of a room that succeeded; exit code 0. By file: `categories`, `order_items`, … */
  | { type: 'done'; room: string; counts: Readonly<Record<string, ImportCount>> }
  /** The last message of a room that did not: nothing was imported. Exit code 2 when `fix` says what the user can do, else 1. */
  | { type: 'failed'; room: string; what: string; fix: string | undefined };
