import type { IncomingMessage } from 'node:http';

/** Header lines a request may have; RFC 9110 leaves the number to the server. */
const MAX_HEADER_LINES = 100;

/** Headers that two parties could read differently when they come twice. */
const SINGLE = new Set(['authorization', 'content-encoding', 'content-length', 'content-type', 'host', 'x-internal-token']);

/** What is refused before a body is read. `code` is for clients. */
export class RefusedRequest extends Error {
  readonly statusCode: number;
  readonly code: string;

  constructor(statusCode: number, code: string, message: string) {
    super(message);
    this.name = 'RefusedRequest';
    this.statusCode = statusCode;
    this.code = code;
  }
}

const repeatedHeader = (rawHeaders: readonly string[]): string | undefined => {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
};

const MAX_HOSTS = 100;
/** Values of the Host header that are good, so that a URL need not be built of the same few for each request. */
const goodHosts = new Set<string>();

const namesHost = (host: string | undefined): boolean => {
  if (!host) return false;
  if (goodHosts.has(host)) return true;
  if (!URL.canParse(`http://${host}/`)) return false;
  if (goodHosts.size < MAX_HOSTS) goodHosts.add(host);
  return true;
};

/** What is a path and nothing else. */
const PLAIN_PATH = /^(?:\/[\w-]+)+$/;

const CHARSET = /;\s*charset\s*=\s*"?([^\s";]*)/i;

const checkMediaType = (contentType: string | undefined, encoding: string | undefined): void => {
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new RefusedRequest(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the body as it is: no Content-Encoding is accepted.');
  const charset = contentType === undefined ? undefined : CHARSET.exec(contentType)?.[1]?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
    throw new RefusedRequest(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the body in UTF-8: no other charset is accepted.');
};

/**
 * Refuses what is HTTP but could be misread further inside: a Host or target that is no URL, a header that counts once and
 * comes twice (RFC 9110 section 5.3), too many headers, a compressed body, a charset other than UTF-8.
 * @throws RefusedRequest with 400, 415 or 431.
 */
export const checkRequest = ({ rawHeaders, headers, url = '' }: Pick<IncomingMessage, 'rawHeaders' | 'headers' | 'url'>): void => {
  if (rawHeaders.length > MAX_HEADER_LINES * 2)
    throw new RefusedRequest(431, 'HEADERS_TOO_LARGE', `A request may have ${MAX_HEADER_LINES} headers at most.`);
  const repeated = repeatedHeader(rawHeaders);
  if (repeated !== undefined) throw new RefusedRequest(400, 'BAD_REQUEST', `The header ${repeated} may come once only.`);
  if (!namesHost(headers.host)) throw new RefusedRequest(400, 'BAD_REQUEST', 'The Host header names no host.');
  if (!PLAIN_PATH.test(url) && !URL.canParse(url, 'http://localhost'))
    throw new RefusedRequest(400, 'BAD_REQUEST', 'The request target is not a URL.');
  checkMediaType(headers['content-type'], headers['content-encoding']);
};
