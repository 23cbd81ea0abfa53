import type { DatasetFolder } from './dataset-folder.ts';
import type { Reject } from './rejection.ts';

export interface ImportContext {
  folder: DatasetFolder;
  reject: Reject;
  progress: { expect(units: number): void; advance(units: number): void };
}
/** By file: rows that were given to the database, and those it did not have before. */
export type ImportResult = Readonly<Record<string, { accepted: number; added: number }>>;
export declare const runImport: (room: string, work: (context: ImportContext) => Promise<ImportResult>) => Promise<void>;
