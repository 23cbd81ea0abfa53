import { DomainError } from '@supergraph/errors';
import { CLIENT_GONE, type OpenStream } from './open-streams.ts';
import type { StartedOperation, StreamedResult } from './operation-stream.ts';
import type { ResultSink } from './result-sink.ts';
import { readerTooSlow } from './stream-errors.ts';
import { codeOf, type ErrorFormatter, toldError } from './told-error.ts';

export interface StreamToRun {
  started: StartedOperation;
  sink: ResultSink;
  stream: OpenStream;
  format: ErrorFormatter;
  /** A client that takes nothing for so long is dropped. */
  slowReaderSeconds: number;
}

/** How a stream ended, for the log. */
export interface StreamEnd {
  /** Results that the client took. */
  results: number;
  /** `COMPLETED`, `CLIENT_GONE`, or the code of the error that ended it. */
  ended: string;
}

/** The work, or the end of the stream if that comes first. Nothing is left on a signal that may live for days. */
const untilEnd = <Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });

/** @throws SUBSCRIPTION_TOO_SLOW */
const untilTaken = async (taken: Promise<void>, { stream, slowReaderSeconds }: StreamToRun): Promise<void> => {
  const timer = setTimeout(() => stream.end(readerTooSlow(slowReaderSeconds)), slowReaderSeconds * 1_000);
  try {
    await untilEnd(taken, stream.signal);
  } finally {
    clearTimeout(timer);
  }
};

const send = async (run: StreamToRun, results: AsyncGenerator<StreamedResult, void>, onTaken: () => void): Promise<void> => {
  const { sink, stream } = run;
  for (;;) {
    const next = await untilEnd(results.next(), stream.signal);
    if (next.done) return;
    await untilTaken(sink.next(next.value), run);
    onTaken();
  }
};

const resultsOf = async function* (started: Exclude<StartedOperation, { kind: 'refused' }>): AsyncGenerator<StreamedResult, void> {
  if (started.kind === 'single') yield started.result;
  else yield* started.results;
};

/** Tells what ended it, unless its client is gone. */
const tellEnd = async ({ sink, stream, format }: StreamToRun, thrown: unknown): Promise<string> => {
  const { aborted, reason } = stream.signal;
  if (thrown === CLIENT_GONE || (aborted && !(reason instanceof DomainError))) return 'CLIENT_GONE';
  const error = toldError(format, aborted ? reason : thrown);
  await sink.error([error]).catch(() => undefined);
  return codeOf(error);
};

/** Hands the results on one by one, each when the client took the one before, and tells how it ended. Nothing is left behind it. */
export const runStream = async (run: StreamToRun): Promise<StreamEnd> => {
  const { started, sink, stream } = run;
  if (started.kind === 'refused') {
    await sink.error(started.errors).catch(() => undefined);
    return { results: 0, ended: codeOf(started.errors[0] ?? { message: '' }) };
  }
  const results = started.kind === 'single' ? resultsOf(started) : started.results;
  let taken = 0;
  const end = (ended: string): StreamEnd => ({ results: taken, ended });
  try {
    await send(run, results, () => {
      taken += 1;
    });
    await untilTaken(sink.complete(), run);
    return end('COMPLETED');
  } catch (error) {
    return end(await tellEnd(run, error));
  } finally {
    stream.end(undefined);
    void results.return().catch(() => undefined);
  }
};
