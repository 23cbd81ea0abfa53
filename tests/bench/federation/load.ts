import { Agent, request } from 'node:http';

/** An operation that is sent again and again; every answer must be the first one, and the first must be free of errors. */
export interface Operation {
  query: string;
  variables?: Readonly<Record<string, unknown>>;
  /** Beside those of all operations, for instance who asks. */
  headers?: Readonly<Record<string, string>>;
  /** Makes sure that the first answer is what was meant. @throws when it is not. */
  check?(data: Record<string, unknown>): void;
}

export interface LoadOptions {
  url: string;
  operations: readonly Operation[];
  headers?: Record<string, string>;
  /** Most requests at a time, and connections. */
  connections: number;
}

export interface LoadResult {
  /** Milliseconds of each request that was answered as it should. */
  latencies: number[];
  failed: number;
  /** The first failures, in words. */
  failures: string[];
}

export interface Load {
  /**
   * Sends requests, `concurrency` at a time, until `isOver` of the number already sent holds. The operations take turns, also from one run
   * to the next.
   */
  run(concurrency: number, isOver: (sent: number) => boolean): Promise<LoadResult>;
  /** The data that each operation was answered with at first. */
  answers(): readonly string[];
  /** Ends the connections. Requests after that open new ones. */
  close(): void;
}

interface Answer {
  status: number;
  body: Buffer;
}

const ANSWER_DEADLINE_MS = 10_000;
const MOST_FAILURES_TOLD = 10;

const send = (url: URL, agent: Agent, headers: Record<string, string | number>, body: Buffer): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: 'POST', headers, signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });

const shown = ({ status, body }: Answer): string => `${status} ${body.toString().slice(0, 300)}`;

/** @throws when the answer is not free of errors. */
const readFirst = (answer: Answer, operation: Operation): Buffer => {
  const { data, errors } = answer.status === 200 ? JSON.parse(answer.body.toString()) : {};
  if (data === undefined || data === null || errors !== undefined) throw new Error(shown(answer));
  operation.check?.(data);
  return answer.body;
};

/** A generator of load that sends a number of requests, not for a time: unfinished ones would be charged to finished ones. */
export const createLoad = ({ url, operations, headers = {}, connections }: LoadOptions): Load => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const target = new URL(url);
  const prepared = operations.map((operation) => {
    const { query, variables } = operation;
    const body = Buffer.from(JSON.stringify({ query, variables }));
    return {
      operation,
      body,
      headers: { 'content-type': 'application/json', 'content-length': body.length, ...headers, ...operation.headers },
      expected: undefined as Buffer | undefined,
    };
  });
  let next = 0;
  const sendOne = async (): Promise<void> => {
    const chosen = prepared[next++ % prepared.length];
    if (chosen === undefined) throw new Error('there is no operation to send');
    const answer = await send(target, agent, chosen.headers, chosen.body);
    chosen.expected ??= readFirst(answer, chosen.operation);
    if (answer.status !== 200 || !answer.body.equals(chosen.expected)) throw new Error(shown(answer));
  };
  return {
    run: async (concurrency, isOver) => {
      const result: LoadResult = { latencies: [], failed: 0, failures: [] };
      let sent = 0;
      const client = async (): Promise<void> => {
        while (!isOver(sent)) {
          const begun = performance.now();
          sent++;
          try {
            await sendOne();
            result.latencies.push(performance.now() - begun);
          } catch (error) {
            result.failed++;
            if (result.failures.length < MOST_FAILURES_TOLD) result.failures.push(String(error));
          }
        }
      };
      await Promise.all(Array.from({ length: concurrency }, client));
      return result;
    },
    answers: () => prepared.map(({ expected }) => (expected === undefined ? '' : JSON.stringify(JSON.parse(expected.toString()).data))),
    close: () => agent.destroy(),
  };
};

/** The value that a share of the values, for instance 0.99, does not exceed. */
export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN;
