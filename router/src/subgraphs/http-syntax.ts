/** What the lines of an HTTP/1.1 message look like (https://www.rfc-editor.org/rfc/rfc9112). Text is Latin-1. */

export const CRLF = '\r\n';
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/;
const USUAL_STATUS_LINE = 'HTTP/1.1 200 OK';
const USUAL_STATUS = [USUAL_STATUS_LINE, '1', '200'] as const;
export const ILLEGAL = /[^\t\x20-\x7e\x80-\xff]/;
/** Lines that each are a header: a token, a colon, and nothing illegal. */
export const HEADERS = /^(?:[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e\x80-\xff]*(?:\r\n|$))*$/;
const NOTED = ['connection', 'content-encoding', 'content-length', 'content-type', 'keep-alive', 'transfer-encoding'];
/** Of the names of headers that tell something here. */
export const NOTED_LENGTHS = new Set(NOTED.map((name) => name.length));
export const LENGTH = /^\d{1,15}$/;
export const CHUNK_SIZE = /^([\da-f]{1,8})[ \t]*(?:;|$)/i;
export const CLOSE = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const IDLE_SECONDS = /(?:^|[ \t,;])timeout=(\d{1,6})/i;

export const malformed = (what: string): Error => new Error(`the answer is no HTTP: ${what}`);

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09;

/** @returns the whole, the minor version and the status, or nothing. */
export const statusIn = (line: string): readonly string[] => (line === USUAL_STATUS_LINE ? USUAL_STATUS : (STATUS_LINE.exec(line) ?? []));

/** A header's value: nothing else that looks like space belongs to what stands around it. */
export const valueAfter = (line: string, colon: number): string => {
  let [start, end] = [colon + 1, line.length];
  while (start < end && isSpace(line.charCodeAt(start))) start += 1;
  while (end > start && isSpace(line.charCodeAt(end - 1))) end -= 1;
  return line.slice(start, end);
};

/** @returns how long the server keeps an idle connection, if that says so. */
export const idleSecondsIn = (keepAlive: string): number | undefined => {
  const seconds = IDLE_SECONDS.exec(keepAlive)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
};

/** @throws Error for a header that would be more than that. */
export const headerLine = (name: string, value: string): string => {
  if (!NAME.test(name) || ILLEGAL.test(value)) throw new Error(`the header ${JSON.stringify(name)} cannot be sent`);
  return `${name}: ${value}\r\n`;
};

/**
 * A whole message. @param start its first line and its headers but for the length. @param bytes of the body.
 * @returns text for what is Latin-1 as a whole: the socket encodes it while it writes.
 */
export const messageOf = (start: string, body: string, bytes: number): Buffer | string => {
  const head = `${start}content-length: ${bytes}\r\n\r\n`;
  // Only ASCII has as many bytes as characters.
  if (bytes === body.length) return head + body;
  const message = Buffer.allocUnsafe(head.length + bytes);
  message.write(head, 0, 'latin1');
  message.write(body, head.length, 'utf8');
  return message;
};
