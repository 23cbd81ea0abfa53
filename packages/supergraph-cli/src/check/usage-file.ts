import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { z } from 'zod';
import { GRAPH } from '../clients.ts';
import { type ClientOperation, operationsIn } from './client-operations.ts';
import { reasonOf } from './settings.ts';

const MOST_LINES = 100_000;

/** One line of a usage file: how often something was sent. Either its text or, for a persisted document, its id. */
const lineShape = z
  .object({
    operation: z.string().optional(),
    hash: z.string().optional(),
    count: z.int().min(1),
    client: z.string().default('unknown'),
    version: z.string().optional(),
    contract: z.string().optional(),
  })
  .refine(({ operation, hash }) => operation !== undefined || hash !== undefined, 'expected an operation or a hash');

type Line = z.infer<typeof lineShape>;

const fail = (file: string, line: number, reason: string, cause?: unknown): StartupError =>
  new StartupError(`${file}:${line}: ${reason}`, 'one JSON object a line, see docs/check.md, "Usage files"', cause);

const readLine = (file: string, text: string, line: number): Line => {
  try {
    return lineShape.parse(JSON.parse(text));
  } catch (error) {
    throw fail(file, line, reasonOf(error), error);
  }
};

/** A file, or a folder of them: every router writes one of its own. */
interface UsageSource {
  path: string;
  shown: string;
}

const unreadable = (error: unknown): StartupError =>
  new StartupError(`the usage file cannot be read: ${(error as Error).message}`, 'name a file, or a folder of .jsonl files: --usage PATH', error);

/** What `read` answers of the file system. */
const attempt = <Answer>(read: () => Answer): Answer => {
  try {
    return read();
  } catch (error) {
    throw unreadable(error);
  }
};

const filesOf = ({ path, shown }: UsageSource): UsageSource[] => {
  if (!attempt(() => statSync(path)).isDirectory()) return [{ path, shown }];
  const files = attempt(() => readdirSync(path, { withFileTypes: true })).filter((entry) => entry.name.endsWith('.jsonl') && !entry.isDirectory());
  if (files.length === 0) throw unreadable(new Error(`no .jsonl file in ${shown}`));
  const names = files.map(({ name }) => name).sort();
  return names.map((name) => ({ path: join(path, name), shown: `${shown.replace(/\/$/, '')}/${name}` }));
};

const readLines = ({ path, shown }: UsageSource): { line: Line; file: string }[] => {
  const texts = attempt(() => readFileSync(path, 'utf8')).split('\n');
  if (texts.length > MOST_LINES) throw fail(shown, MOST_LINES + 1, `too long: at most ${MOST_LINES} lines are read`);
  return texts.flatMap((text, index) => (text.trim() === '' ? [] : [{ line: readLine(shown, text, index + 1), file: shown }]));
};

/** The operations a line tells, each with how often it was seen. */
const operationsOf = ({ operation, count, client, version, contract }: Line, file: string): ClientOperation[] => {
  if (operation === undefined) return [];
  const origin = { client: version === undefined ? client : `${client} ${version}`, schema: contract ?? GRAPH, hasLines: false };
  const hash = `${origin.client} ${origin.schema} ${operation}`;
  return operationsIn([{ text: operation, file }], origin).map((found) => ({ ...found, hash, requests: count }));
};

const addTo = <Key>(sums: Map<Key, number>, key: Key, more: number): void => void sums.set(key, (sums.get(key) ?? 0) + more);

/** Each operation once, with the sum of its requests. */
const summed = (found: readonly ClientOperation[]): ClientOperation[] => {
  const requests = new Map<string, number>();
  const operations = new Map(found.map((operation) => [`${operation.hash} ${operation.name}`, operation]));
  for (const operation of found) addTo(requests, `${operation.hash} ${operation.name}`, operation.requests ?? 0);
  return [...operations].map(([key, operation]) => ({ ...operation, requests: requests.get(key) ?? 0 }));
};

/**
 * Adds what routers have seen to the operations of the repository: counts to those it knows by hash, and operations nobody else knows of.
 * @throws StartupError naming the line that is wrong.
 */
export const withUsage = (operations: readonly ClientOperation[], sources: readonly UsageSource[]): ClientOperation[] => {
  const lines = sources.flatMap(filesOf).flatMap(readLines);
  const requests = new Map<string, number>();
  for (const { line } of lines) if (line.hash !== undefined) addTo(requests, line.hash, line.count);
  const known = new Set(operations.map(({ hash }) => hash));
  const isKnown = ({ hash }: Line): boolean => hash !== undefined && known.has(hash);
  const counted = operations.map((operation) => {
    const count = requests.get(operation.hash);
    return count === undefined ? operation : { ...operation, requests: count };
  });
  return [...counted, ...summed(lines.flatMap(({ line, file }) => (isKnown(line) ? [] : operationsOf(line, file))))];
};
