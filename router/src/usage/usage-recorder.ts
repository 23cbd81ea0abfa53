import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Logger } from '@supergraph/service/logging';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { toldClient } from '../access-log.ts';
import { type Parameters, parametersOf } from '../door/request-facts.ts';
import { createTextCache } from '../limits/text-cache.ts';
import { hashOf } from '../persisted/manifest-file.ts';
import type { RequestContext, RequestRecord } from '../request-context.ts';
import type { RouterSettings } from '../settings/router-settings.ts';
import type { StreamedOperation } from '../streams/operation-stream.ts';
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
  /** Counts an operation that was answered ahead of the framework. */
  answered(context: RequestContext, parameters: Parameters): void;
  /** Counts an operation that a stream was started for; it is not counted again when its request ends. */
  started(context: RequestContext, operation: StreamedOperation): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

interface Described {
  name: string | undefined;
  operation: string | undefined;
  textHash: string;
  hash: string;
}

const CACHE_BYTES = 4 * 1_048_576;
/** Of a longer one only its hash and name are kept: anybody may send such. */
const MAX_OPERATION_BYTES = 8_192;
const MAX_NAME_LENGTH = 128;

const describe = (text: string, operationName: string | undefined): Described | undefined => {
  const signature = signatureOf(text, operationName);
  if (signature === undefined) return undefined;
  const { name, text: kept } = signature;
  return {
    name: name === '' || name.length > MAX_NAME_LENGTH ? undefined : name,
    operation: Buffer.byteLength(kept) > MAX_OPERATION_BYTES ? undefined : kept,
    textHash: hashOf(text),
    hash: hashOf(kept),
  };
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
  let isClosed = false;
  /** Of requests that were counted when their stream was started. */
  const streamed = new WeakSet<RequestRecord>();
  let writing = Promise.resolve();

  const describeOnce = (text: string, operationName: string | undefined): Described | 'nothing' => {
    const key = `${operationName ?? ''}\n${text}`;
    const known = described.get(key) ?? describe(text, operationName) ?? 'nothing';
    described.set(key, known);
    return known;
  };

  const add = (context: RequestContext, { query, operationName }: { query?: unknown; operationName?: unknown }): void => {
    const sent = typeof query === 'string' ? describeOnce(query, typeof operationName === 'string' ? operationName : undefined) : 'nothing';
    if (sent === 'nothing') return;
    counts.add({
      hash: `sha256:${isListed(context.contract, sent.textHash) ? sent.textHash : sent.hash}`,
      operation: sent.operation,
      name: sent.name,
      ...toldClient(context.clientName, context.clientVersion),
      contract: context.contract || undefined,
      count: 1,
      last: dayOf(Date.now()),
    });
  };
  const note = (context: RequestContext | undefined, operation: () => { query?: unknown; operationName?: unknown }): void => {
    // The kind is known once the operation is valid.
    if (settings().folder === '' || context?.record.operationKind === undefined || context.isDryRun) return;
    try {
      add(context, operation());
    } catch (error) {
      logger.warn({ err: error }, 'an operation was not counted');
    }
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
    if (isClosed) return;
    timer = setTimeout(() => void writeNext().then(writeLater), settings().flushSeconds * 1_000).unref();
  };

  http.addHook('onResponse', (request, _reply, done) => {
    const context = contextOf(request);
    if (context === undefined || !streamed.has(context.record)) note(context, () => parametersOf(request));
    done();
  });
  return {
    start: (port) => {
      file = `router-${hostname()}-${port}.jsonl`;
      writeLater();
    },
    answered: (context, parameters) => note(context, () => parameters),
    started: (context, operation) => {
      streamed.add(context.record);
      note(context, () => operation);
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await writeNext();
    },
  };
};
