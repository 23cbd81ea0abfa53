import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import { type AccessFacts, accessFactsOf, type StreamLog } from '../access-log.ts';
import type { GuardsInForce } from '../door/guards-in-force.ts';
import type { RequestContext } from '../request-context.ts';
import type { RouterSettings } from '../settings/router-settings.ts';
import { atExpiry, type OpenStream, type OpenStreams } from './open-streams.ts';
import type { OperationStreams, StartedOperation, StreamedOperation } from './operation-stream.ts';
import type { ResultSink } from './result-sink.ts';
import { runStream } from './run-stream.ts';
import { accessTokenExpired, tooManyStreams } from './stream-errors.ts';
import { codeOf, type ErrorFormatter, toldError } from './told-error.ts';

export type StartListener = (context: RequestContext, operation: StreamedOperation) => void;

export interface StreamRunnerOptions {
  open: OpenStreams;
  guards: () => Pick<GuardsInForce, 'settings'>;
  format: ErrorFormatter;
  log: StreamLog;
  /** Told of each operation when it was started, or refused. */
  onStarted?: StartListener | undefined;
}

/** An operation that was started and is not answered yet. */
export interface StartedStream {
  started: StartedOperation;
  /** Answers it, until it ends. */
  runInto(sink: ResultSink): Promise<void>;
}

/** What every protocol does with an operation that was let in. */
export interface StreamRunner {
  settings(): RouterSettings['subscriptions'];
  format: ErrorFormatter;
  open(): OpenStream | DomainError;
  /** @param protocol for the log. */
  start(
    asked: { operation: StreamedOperation; context: RequestContext; streams: OperationStreams; protocol: string },
    stream: OpenStream,
  ): Promise<StartedStream>;
  /** Notes for the log what was not let in. */
  refused(facts: AccessFacts, protocol: string, code: string): void;
}

/** What nobody foresaw, or came too late, is told as any other reason not to start. */
const refusedBy =
  (format: ErrorFormatter) =>
  (error: unknown): StartedOperation => {
    const status = error instanceof DomainError ? ERROR_KINDS[error.kind].http : 500;
    return { kind: 'refused', status, errors: [toldError(format, error)] };
  };

export const createStreamRunner = ({ open, guards, format, log, onStarted }: StreamRunnerOptions): StreamRunner => {
  const settings = (): RouterSettings['subscriptions'] => guards().settings.subscriptions;
  return {
    settings,
    format,
    refused: (facts, protocol, ended) => log({ ...facts, errorCodes: [ended] }, { protocol, results: 0, ended, began: performance.now() }),
    open: () => open.open() ?? tooManyStreams(settings().max),
    start: async ({ operation, context: admitted, streams, protocol }, stream) => {
      const began = performance.now();
      const context = { ...admitted, signal: stream.signal };
      const expiry = atExpiry(context.identity, () => stream.end(accessTokenExpired()));
      stream.signal.addEventListener('abort', () => clearTimeout(expiry), { once: true });
      const started = await streams.start(operation, context).catch(refusedBy(format));
      onStarted?.(context, operation);
      return {
        started,
        runInto: async (sink) => {
          if (started.kind === 'refused') context.record.errorCodes = started.errors.map(codeOf);
          const end = await runStream({ started, sink, stream, format, slowReaderSeconds: settings().slowReaderSeconds });
          log(accessFactsOf(context), { protocol, began, ...end });
        },
      };
    },
  };
};
