import type { IncomingHttpHeaders } from 'node:http';
import { CRLF, HEADERS, LENGTH, valueAfter } from '../subgraphs/http-syntax.ts';

/** The head of a request, in the terms of Node's own parser. */
export interface RequestHead {
  method: string;
  url: string;
  /** Names and values in turn, as they came. */
  rawHeaders: string[];
  headers: IncomingHttpHeaders;
}

const REQUEST_LINE = /^(POST) (\/[\x21-\x7e]*) HTTP\/1\.1$/;
const KEEP_ALIVE = /^keep-alive$/i;
const MAX_HEADERS = 100;

/** Headers with which a message, or the connection after it, is read in another way; and a name that an object has already. */
const ODD = new Set(['expect', 'http2-settings', 'proxy-connection', 'set-cookie', 'te', 'trailer', 'transfer-encoding', 'upgrade', '__proto__']);

const isOdd = (name: string, value: string, headers: IncomingHttpHeaders): boolean => {
  if (ODD.has(name) || Object.hasOwn(headers, name)) return true;
  if (name === 'content-length') return !LENGTH.test(value);
  return name === 'connection' && !KEEP_ALIVE.test(value);
};

/**
 * Reads the head of a POST with a body of known length (https://www.rfc-editor.org/rfc/rfc9112), on a connection that is kept.
 * @param text Latin-1, without the empty line.
 * @returns undefined for whatever is another request, or might be read in two ways: a header that comes twice, a folded line, a coding. Node's
 *   parser is to judge that.
 */
export const readRequestHead = (text: string): RequestHead | undefined => {
  const lineEnd = text.indexOf(CRLF);
  const [, method, url] = REQUEST_LINE.exec(text.slice(0, lineEnd)) ?? [];
  const lines = text.slice(lineEnd + CRLF.length);
  if (lineEnd === -1 || method === undefined || url === undefined || !HEADERS.test(lines)) return undefined;
  const rawHeaders: string[] = [];
  const headers: IncomingHttpHeaders = {};
  for (const line of lines.split(CRLF)) {
    const colon = line.indexOf(':');
    if (colon === -1) return undefined;
    const rawName = line.slice(0, colon);
    const [name, value] = [rawName.toLowerCase(), valueAfter(line, colon)];
    if (isOdd(name, value, headers)) return undefined;
    headers[name] = value;
    rawHeaders.push(rawName, value);
  }
  const isWhole = headers['content-length'] !== undefined && rawHeaders.length <= MAX_HEADERS * 2;
  return isWhole ? { method, url, rawHeaders, headers } : undefined;
};
