import { readFileSync } from 'node:fs';
import { StartupError } from '@supergraph/service/startup-error';
import { z } from 'zod';
import { type ClientOperation, GRAPH, operationsIn } from './client-operations.ts';
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

const readLines = (file: string): string[] => {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    throw new StartupError(`the usage file cannot be read: ${(error as Error).message}`, 'name a file: --usage FILE', error);
  }
};

/** The operations a line tells, each with how often it was seen. */
const operationsOf = ({ operation, count, client, version, contract }: Line, file: string): ClientOperation[] => {
  if (operation === undefined) return [];
  const origin = { client: version === undefined ? client : `${client} ${version}`, schema: contract ?? GRAPH, hasLines: false };
  const hash = `${origin.client} ${origin.schema} ${operation}`;
  return operationsIn([{ text: operation, file }], origin).map((found) => ({ ...found, hash, requests: count }));
};

/**
 * Adds what a router has seen to the operations of the repository: counts to those it knows by hash, and operations nobody else knows of.
 * @throws StartupError naming the line that is wrong.
 */
export const withUsage = (operations: readonly ClientOperation[], path: string, shownFile: string): ClientOperation[] => {
  const texts = readLines(path);
  if (texts.length > MOST_LINES) throw fail(shownFile, MOST_LINES + 1, `too long: at most ${MOST_LINES} lines are read`);
  const lines = texts.flatMap((text, index) => (text.trim() === '' ? [] : [readLine(shownFile, text, index + 1)]));
  const requests = new Map<string, number>();
  for (const { hash, count } of lines) if (hash !== undefined) requests.set(hash, (requests.get(hash) ?? 0) + count);
  const seen = new Map<string, ClientOperation>();
  for (const found of lines.flatMap((line) => operationsOf(line, shownFile))) {
    const key = `${found.hash} ${found.name}`;
    seen.set(key, { ...found, requests: (seen.get(key)?.requests ?? 0) + (found.requests ?? 0) });
  }
  const counted = operations.map((operation) => {
    const known = requests.get(operation.hash);
    return known === undefined ? operation : { ...operation, requests: known };
  });
  return [...counted, ...seen.values()];
};
