import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { keyOf, type UsageLine } from './usage-counts.ts';

export interface UsageBounds {
  /** The most lines that are kept. */
  operations: number;
  /** For how long a line is kept that nobody sends any more. */
  keepDays: number;
}

/** Of all lines: what stands in a file is read whole before it is added to. */
const MAX_BYTES = 16 * 1_048_576;
const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The day in UTC, `2026-11-22`. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const isLine = (value: unknown): value is UsageLine => {
  const { hash, operation, count, last, name, client, version, contract } = (value ?? {}) as Record<string, unknown>;
  const areTexts = [operation, name, client, version, contract].every((one) => one === undefined || typeof one === 'string');
  const isCount = Number.isSafeInteger(count) && Number(count) > 0;
  return typeof hash === 'string' && isCount && typeof last === 'string' && DAY.test(last) && areTexts;
};

const readLine = (text: string): UsageLine[] => {
  try {
    const value: unknown = JSON.parse(text);
    return isLine(value) ? [value] : [];
  } catch {
    return [];
  }
};

const readLines = async (file: string): Promise<UsageLine[]> => {
  try {
    return (await readFile(file, 'utf8')).split('\n').flatMap(readLine);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

/** The first lines of a text that is short enough. */
const fitting = (texts: readonly string[]): string[] => {
  let bytes = 0;
  const end = texts.findIndex((text) => {
    bytes += Buffer.byteLength(text);
    return bytes > MAX_BYTES;
  });
  return texts.slice(0, end < 0 ? texts.length : end);
};

/** Counts added up, without what nobody sent for long; when there are too many, those sent most stay. */
const merge = (lines: readonly UsageLine[], { operations, keepDays }: UsageBounds, now: number): string[] => {
  const oldest = dayOf(now - keepDays * DAY_MS);
  const merged = new Map<string, UsageLine>();
  for (const line of lines) {
    const known = merged.get(keyOf(line));
    const last = known === undefined || known.last < line.last ? line.last : known.last;
    merged.set(keyOf(line), { ...line, count: line.count + (known?.count ?? 0), last });
  }
  const kept = [...merged.values()].filter(({ last }) => last >= oldest).sort((one, other) => other.count - one.count);
  return fitting(kept.slice(0, operations).map((line) => `${JSON.stringify(line)}\n`));
};

/** Adds lines to what stands in the file, or writes it; a reader finds it whole at any moment. What is no line in it is dropped. */
export const addToUsageFile = async (file: string, lines: readonly UsageLine[], bounds: UsageBounds, now: number): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  const merged = merge([...(await readLines(file)), ...lines], bounds, now);
  const draft = `${file}.draft`;
  try {
    await writeFile(draft, merged.join(''), { mode: 0o640 });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};
