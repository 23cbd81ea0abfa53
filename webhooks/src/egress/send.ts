import { messageOf } from '@supergraph/service/process';
import { type Dispatcher, request } from 'undici';
import { EgressRefused, type UrlGuard } from './url-guard.ts';

export interface OutgoingRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What came back. Without a status code there was no answer, and `failure` says why. */
export interface Answer {
  statusCode: number | null;
  /** At most 64 KB of the body. */
  body: string;
  retryAfter: string | undefined;
  failure: string | null;
}

export interface SenderOptions {
  guard: UrlGuard;
  agent: Dispatcher;
  /** For the whole exchange; default 15 s. */
  deadlineMs?: number;
}

export type Send = (request: OutgoingRequest) => Promise<Answer>;

export const MAX_ANSWER_BYTES = 65_536;
const DEADLINE_MS = 15_000;

interface Read {
  body: string;
  failure: string | null;
}

const readBounded = async (stream: AsyncIterable<Uint8Array>, describe: (error: unknown) => string): Promise<Read> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const text = (): string => new TextDecoder().decode(Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES));
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      size += chunk.byteLength;
      // Leaving the loop destroys the connection.
      if (size > MAX_ANSWER_BYTES) break;
    }
    return { body: text(), failure: null };
  } catch (error) {
    return { body: text(), failure: describe(error) };
  }
};

/** Posts to receivers we do not know: one deadline over everything, no redirects, a bounded answer. Never rejects. */
export const createSender =
  ({ guard, agent, deadlineMs = DEADLINE_MS }: SenderOptions): Send =>
  async ({ url, headers, body }) => {
    const signal = AbortSignal.timeout(deadlineMs);
    const describe = (error: unknown): string => (signal.aborted ? `no complete answer within ${deadlineMs} ms` : messageOf(error));
    try {
      // An endpoint may be older than the rules.
      const refusal = guard.inspect(url);
      if (refusal !== undefined) throw new EgressRefused(refusal);
      const response = await request(url, { method: 'POST', headers, body, dispatcher: agent, signal });
      const read = await readBounded(response.body, describe);
      const retryAfter = response.headers['retry-after'];
      return { statusCode: response.statusCode, ...read, retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter };
    } catch (error) {
      return { statusCode: null, body: '', retryAfter: undefined, failure: describe(error) };
    }
  };
