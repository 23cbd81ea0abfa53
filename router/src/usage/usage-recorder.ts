import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Logger } from '@supergraph/service/logging';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { toldClient } from '../access-log.ts';
import { parametersOf } from '../door/request-facts.ts';
import { createTextCache } from '../limits/text-cache.ts';
import { hashOf } from '../persisted/manifest-file.ts';
import type { RequestContext } from '../request-context.ts';
import type { RouterSettings } from '../settings/router-settings.ts';
import { signatureOf } from './operation-signature.ts';
import { createUsageCounts } from './usage-counts.ts';
import { addToUsageFile, dayOf } from './usage-file.ts';

export interface UsageRecorderOptions {
  http: FastifyInstance;
  contextOf: (request: FastifyRequest) => RequestContext | undefined;
  /** Those of this moment. */
  settings: () => RouterSettings['usage'];
  /** What a relative folder is seen from. */
  base: string;
  /** Whether a manifest has a document with this hash. */
  isListed: (contract: string, hash: string) => boolean;
  logger: Logger;
}

export interface UsageRecorder {
  /** Begins to write. @param port tells this router's file from those of others on this host. */
  start(port: number): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

interface Described {
  name: string;
  operation: string;
  textHash: string;
  hash: string;
}

const CACHE_BYTES = 4 * 1_048_576;
/** Longer ones cannot be sent with the limits that router.yaml has. */
const MAX_OPERATION_LENGTH = 65_536;

const describe = (text: string, operationName: string | undefined): Described | undefined => {
  const signature = signatureOf(text, operationName);
  if (signature === undefined || signature.text.length > MAX_OPERATION_LENGTH) return undefined;
  return { name: signature.name, operation: signature.text, textHash: hashOf(text), hash: hashOf(signature.text) };
};

/**
 * Counts every operation that was valid, by operation and client, and writes the counts down from time to time, for
 * `supergraph check --usage`. Of a request it keeps the operation without its values and the client's name and version, no more.
 */
export const createUsageRecorder = ({ http, contextOf, settings, base, isListed, logger }: UsageRecorderOptions): UsageRecorder => {
  const described = createTextCache<Described | 'nothing'>(CACHE_BYTES);
  const counts = createUsageCounts(() => settings().operations);
  let file = `router-${hostname()}.jsonl`;
  let timer: NodeJS.Timeout | undefined;
  let hasFailed = false;
  let writing = Promise.resolve();

  const describeOnce = (text: string, operationName: string | undefined): Described | 'nothing' => {
    const key = `${operationName ?? ''}\n${text}`;
    const known = described.get(key) ?? describe(text, operationName) ?? 'nothing';
    described.set(key, known);
    return known;
  };

  const add = (context: RequestContext, { query, operationName }: Readonly<Record<string, unknown>>): void => {
    const sent = typeof query === 'string' ? describeOnce(query, typeof operationName === 'string' ? operationName : undefined) : 'nothing';
    if (sent === 'nothing') return;
    counts.add({
      hash: `sha256:${isListed(context.contract, sent.textHash) ? sent.textHash : sent.hash}`,
      operation: sent.operation,
      name: sent.name || undefined,
      ...toldClient(context.clientName, context.clientVersion),
      contract: context.contract || undefined,
      count: 1,
      last: dayOf(Date.now()),
    });
  };
  const note = (request: FastifyRequest): void => {
    const context = contextOf(request);
    // The kind is known once the operation is valid.
    if (settings().folder === '' || context?.record.operationKind === undefined || context.isDryRun) return;
    add(context, parametersOf(request));
  };

  const write = async (): Promise<void> => {
    const { folder, operations, keepDays } = settings();
    const lines = counts.take();
    if (folder === '' || lines.length === 0) return;
    try {
      await addToUsageFile(resolve(base, folder, file), lines, { operations, keepDays }, Date.now());
      hasFailed = false;
    } catch (error) {
      for (const line of lines) counts.add(line);
      if (!hasFailed) logger.error({ err: error }, 'usage cannot be written; it is counted on, within bounds, and tried again');
      hasFailed = true;
    }
  };
  const writeNext = (): Promise<void> => {
    writing = writing.then(write);
    return writing;
  };
  const writeLater = (): void => {
    timer = setTimeout(() => void writeNext().then(writeLater), settings().flushSeconds * 1_000).unref();
  };

  http.addHook('onResponse', (request, _reply, done) => {
    try {
      note(request);
    } catch (error) {
      logger.warn({ err: error }, 'an operation was not counted');
    }
    done();
  });
  return {
    start: (port) => {
      file = `router-${hostname()}-${port}.jsonl`;
      writeLater();
    },
    close: async () => {
      clearTimeout(timer);
      await writeNext();
    },
  };
};
