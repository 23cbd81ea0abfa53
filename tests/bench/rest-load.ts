import { Agent, request } from 'node:http';

/** One request of a side, and what its answer must be. */
export interface PreparedRequest {
  url: URL;
  method: 'GET' | 'POST';
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** @throws when an answer is not what was asked for. */
  check: (body: unknown) => void;
}

export interface RestLoad {
  /** Sends `count` requests, `concurrency` at a time. @returns the milliseconds of each. @throws when one fails. */
  run(count: number, concurrency: number): Promise<number[]>;
  close(): void;
}

const ANSWER_DEADLINE_MS = 10_000;

const send = ({ url, method, headers, body }: PreparedRequest, agent: Agent): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers, signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${method} ${url}: ${response.statusCode} ${text.toString().slice(0, 300)}`));
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });

/** The first answer to each request is checked, every later one must be the same bytes. */
export const createRestLoad = (requests: readonly PreparedRequest[], connections: number): RestLoad => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const prepared = requests.map((one) => ({ one, expected: undefined as Buffer | undefined }));
  let next = 0;
  const sendOne = async (): Promise<number> => {
    const chosen = prepared[next++ % prepared.length];
    if (chosen === undefined) throw new Error('there is nothing to send');
    const begun = performance.now();
    const answer = await send(chosen.one, agent);
    const took = performance.now() - begun;
    if (chosen.expected === undefined) {
      chosen.one.check(JSON.parse(answer.toString()));
      chosen.expected = answer;
    }
    if (!answer.equals(chosen.expected)) throw new Error(`another answer than before: ${answer.toString().slice(0, 300)}`);
    return took;
  };
  return {
    run: async (count, concurrency) => {
      const latencies: number[] = [];
      let sent = 0;
      const client = async (): Promise<void> => {
        while (sent++ < count) latencies.push(await sendOne());
      };
      await Promise.all(Array.from({ length: concurrency }, client));
      return latencies;
    },
    close: () => agent.destroy(),
  };
};
