import type { GraphQLFormattedError } from 'graphql';
import type { StreamedResult } from './operation-stream.ts';

/** Where the results of one operation go. `error` and `complete` are the last of it. Rejects with `CLIENT_GONE` once nobody is there. */
export interface ResultSink {
  /** Settles when the client's side took it: whoever waits for that buffers nothing. */
  next(result: StreamedResult): Promise<void>;
  error(errors: readonly GraphQLFormattedError[]): Promise<void>;
  complete(): Promise<void>;
}
