/** The answer is larger than is read. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

export interface BoundedAnswer {
  status: number;
  body: string;
}

const readAtMost = async (response: Response, maxBytes: number): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early ends the connection too.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new AnswerTooLarge(`more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};

/**
 * A POST of JSON to a process of ours; no redirects. `signal` bounds the time of all of it.
 * @throws AnswerTooLarge, or whatever fetch throws.
 */
export const postJson = async (
  url: string,
  options: { body: string; headers: Readonly<Record<string, string>>; maxBytes: number; signal: AbortSignal },
): Promise<BoundedAnswer> => {
  const { body, headers, maxBytes, signal } = options;
  const response = await fetch(url, { method: 'POST', redirect: 'error', headers: { 'content-type': 'application/json', ...headers }, body, signal });
  return { status: response.status, body: await readAtMost(response, maxBytes) };
};
