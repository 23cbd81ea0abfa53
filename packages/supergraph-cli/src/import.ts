import { fork } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { ImportCount, ImportMessage } from '@supergraph/dataset/import-messages';
import { describeRejection } from '@supergraph/dataset/rejection';
import { createRejectsFile } from '@supergraph/dataset/rejects-file';
import { StartupError } from '@supergraph/service/startup-error';
import { Presets, SingleBar } from 'cli-progress';
import type { Subgraph, Topology } from './topology.ts';

/** By file (`categories`, `order_items`, …), what became of its rows. */
export type ImportSummary = Record<string, ImportCount>;

interface Run {
  topology: Topology;
  folder: string;
  env: NodeJS.ProcessEnv;
  write: (text: string) => void;
}

const importFile = ({ folder }: Subgraph): string => join(folder, 'src', 'import.ts');

/** A bar on a terminal, a line every fourth elsewhere. */
const createProgress = (write: Run['write']): { update(done: number, total: number): void; stop(): void } => {
  if (process.stdout.isTTY) {
    const bar = new SingleBar({ format: '  importing {bar} {percentage}%', hideCursor: true, clearOnComplete: true }, Presets.rect);
    bar.start(1, 0);
    return {
      update: (done, total) => {
        bar.setTotal(total);
        bar.update(done);
      },
      stop: () => bar.stop(),
    };
  }
  let told = 0;
  return {
    update: (done, total) => {
      const quarter = Math.floor((4 * done) / total);
      if (quarter > told) write(`  importing … ${quarter * 25} %\n`);
      told = Math.max(told, quarter);
    },
    stop: () => undefined,
  };
};

const importRoom = (room: Subgraph, { folder, env }: Run, rejectsFile: string, onMessage: (message: ImportMessage) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = fork(importFile(room), [folder, rejectsFile], {
      env,
      execPath: process.execPath,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let failure: Error | undefined;
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2_000);
    });
    child.on('message', (message) => {
      const told = message as ImportMessage;
      if (told.type === 'failed') failure = told.fix === undefined ? new Error(told.what) : new StartupError(told.what, told.fix);
      onMessage(told);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(failure ?? new Error(`the import of ${room.name} ended with code ${code}: ${complaint.trim().split('\n').at(-1) ?? ''}`));
    });
  });

/**
 * Imports a folder of CSV files into every subgraph that has a `src/import.ts`: each in a process of its own, in parallel,
 * each in one transaction of its database.
 * @throws StartupError when the folder or a file is unusable; nothing of that room is then imported.
 */
export const importDataset = async (run: Run): Promise<ImportSummary> => {
  const rooms = run.topology.subgraphs.filter((subgraph) => existsSync(importFile(subgraph)));
  const rejectsFile = join(run.topology.root, '.data', 'rejects.csv');
  mkdirSync(join(run.topology.root, '.data'), { recursive: true });
  createRejectsFile(rejectsFile);
  const progress = createProgress(run.write);
  const amounts = new Map<string, { done: number; total: number }>();
  const rejections: string[] = [];
  const summary: ImportSummary = {};
  const onMessage = (message: ImportMessage): void => {
    if (message.type === 'rejection') rejections.push(describeRejection(message.rejection));
    if (message.type === 'done') Object.assign(summary, message.counts);
    if (message.type !== 'progress') return;
    amounts.set(message.room, { done: message.done, total: message.total });
    // Until every room has told how much it has to do, a sum would jump back.
    if (amounts.size < rooms.length) return;
    const all = [...amounts.values()];
    progress.update(
      all.reduce((sum, { done }) => sum + done, 0),
      all.reduce((sum, { total }) => sum + total, 0),
    );
  };
  try {
    const results = await Promise.allSettled(rooms.map((room) => importRoom(room, run, rejectsFile, onMessage)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  } finally {
    progress.stop();
  }
  const rejected = Object.values(summary).reduce((sum, counts) => sum + counts.rejected, 0);
  if (rejected > 0)
    run.write(
      `${rejections.map((line) => `  ✗ ${line}`).join('\n')}\n  ${rejected} rows rejected, all of them in ${relative(process.cwd(), rejectsFile)}\n`,
    );
  return summary;
};

/** A table of what was imported, one file a line. */
export const describeSummary = (summary: ImportSummary): string => {
  const number = (value: number): string => value.toLocaleString('en').padStart(9);
  const rows = Object.entries(summary).map(
    ([file, { read, added, already, rejected }]) =>
      `  ${file.padEnd(12)}${number(read)} read ${number(added)} added ${number(already)} already there ${number(rejected)} rejected`,
  );
  return `${rows.join('\n')}\n`;
};
