import { describe, expect, it } from 'vitest';
import { ResponseReader } from './response-reader.ts';

const MAX_BYTES = 1_000;

interface Read {
  reader: ResponseReader;
  used: number;
}

/** Feeds `text` in pieces of `size` bytes, as a connection would bring them, up to the end of the answer. */
const read = (text: string, size = text.length): Read => {
  const reader = new ResponseReader(MAX_BYTES);
  const bytes = Buffer.from(text);
  let used = 0;
  for (let at = 0; at < bytes.length && !reader.isWhole; at += size) used += reader.read(bytes.subarray(at, at + size));
  return { reader, used };
};

const answer = (...lines: string[]): string => lines.join('\r\n');

const JSON_TYPE = 'content-type: application/json';

const WHOLE: readonly [what: string, answer: string, text: string, keepsAlive: boolean][] = [
  ['of a known length', answer('HTTP/1.1 200 OK', JSON_TYPE, 'Content-Length:  4 ', '', 'aäb'), 'aäb', true],
  ['without a reason', answer('HTTP/1.1 200', JSON_TYPE, 'content-length: 1', '', 'a'), 'a', true],
  ['of nothing', answer('HTTP/1.1 200 OK', JSON_TYPE, 'content-length: 0', '', ''), '', true],
  [
    'in chunks',
    answer('HTTP/1.1 200 OK', JSON_TYPE, 'transfer-encoding: Chunked', '', '2', 'ab', '00a;x="y"', '0123456789', '0', '', ''),
    'ab0123456789',
    true,
  ],
  [
    'in chunks, with trailers',
    answer('HTTP/1.1 200 OK', JSON_TYPE, 'transfer-encoding: chunked', '', '1', 'a', '0', 'content-length: 9', '', ''),
    'a',
    true,
  ],
  [
    'after interim ones',
    answer('HTTP/1.1 103 Early Hints', 'content-length: 9', '', 'HTTP/1.1 200 OK', JSON_TYPE, 'content-length: 1', '', 'a'),
    'a',
    true,
  ],
  ['of a connection that ends', answer('HTTP/1.1 200 OK', JSON_TYPE, 'connection: x, Close', 'content-length: 1', '', 'a'), 'a', false],
  ['of HTTP/1.0', answer('HTTP/1.0 200 OK', JSON_TYPE, 'content-length: 1', '', 'a'), 'a', false],
];

describe('an answer', () => {
  it.each(WHOLE)('%s is the same however it is cut', (_what, bytes, text, keepsAlive) => {
    for (const size of [bytes.length * 2, 1, 2, 3, 7, 40]) {
      const { reader, used } = read(bytes, size);
      expect(reader.isWhole).toBe(true);
      expect(reader.answer).toEqual({ status: 200, contentType: 'application/json', text });
      expect(reader.keepsAlive).toBe(keepsAlive);
      expect(used).toBe(Buffer.byteLength(bytes));
    }
  });

  it.each([204, 304])('with the status %i has no body, and what claims to be one ends the connection', (status) => {
    const none = read(answer(`HTTP/1.1 ${status} x`, '', ''));
    expect(none.reader.isWhole && none.reader.keepsAlive).toBe(true);
    const claimed = read(answer(`HTTP/1.1 ${status} x`, 'content-length: 2', '', 'ab'));
    expect(claimed.reader.answer.text).toBe('');
    expect(claimed.reader.keepsAlive).toBe(false);
    expect(claimed.used).toBeLessThan(answer(`HTTP/1.1 ${status} x`, 'content-length: 2', '', 'ab').length);
  });

  it('that does not tell its end goes on until the connection ends', () => {
    const { reader } = read(answer('HTTP/1.1 200 OK', '', 'ab'), 1);
    expect(reader.isWhole).toBe(false);
    expect(reader.end()).toBe(true);
    expect(reader.answer.text).toBe('ab');
    expect(reader.keepsAlive).toBe(false);
  });

  it('of a known length is not whole when the connection ends before', () => {
    expect(read(answer('HTTP/1.1 200 OK', 'content-length: 3', '', 'ab')).reader.end()).toBe(false);
    expect(read(answer('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '2', 'ab', '')).reader.end()).toBe(false);
  });

  it('is not followed into the next one', () => {
    const first = answer('HTTP/1.1 200 OK', 'content-length: 1', '', 'a');
    expect(read(`${first}HTTP/1.1 200 OK`).used).toBe(first.length);
  });

  it('tells how long the server keeps its connection', () => {
    expect(read(answer('HTTP/1.1 200 OK', 'Keep-Alive: timeout=5, max=9', 'content-length: 0', '', '')).reader.idleSeconds).toBe(5);
  });
});

const OK = 'HTTP/1.1 200 OK';

describe('what is refused', () => {
  it.each<[string, string]>([
    ['another protocol', 'SSH-2.0-x\r\n'],
    ['HTTP/2', 'HTTP/2.0 200 OK\r\n'],
    ['HTTP/0.9', '<html>\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n'],
    ['an upgrade', answer('HTTP/1.1 101 Switching Protocols', 'upgrade: x', '', '')],
    ['a line that ends in LF alone', `${OK}\r\ncontent-length: 1\nx: y\r\n\r\na`],
    ['a CR inside a line', `${OK}\r\nx: a\rcontent-length: 1\r\n\r\n`],
    ['a NUL', `${OK}\r\nx: a\0b\r\n\r\n`],
    ['a folded header', `${OK}\r\nx: a\r\n b\r\n\r\n`],
    ['a header without a name', `${OK}\r\n: a\r\n\r\n`],
    ['a space before the colon', `${OK}\r\ncontent-length : 1\r\n\r\na`],
    ['a header without a colon', `${OK}\r\nabc\r\n\r\n`],
    ['two lengths', answer(OK, 'content-length: 1', 'content-length: 2', '', 'ab')],
    ['one length twice', answer(OK, 'content-length: 1', 'content-length: 1', '', 'a')],
    ['a list of lengths', answer(OK, 'content-length: 1, 1', '', 'a')],
    ['a signed length', answer(OK, 'content-length: +1', '', 'a')],
    ['a hexadecimal length', answer(OK, 'content-length: 0x1', '', 'a')],
    ['an empty length', answer(OK, 'content-length:', '', 'a')],
    ['a length beside chunks', answer(OK, 'content-length: 5', 'transfer-encoding: chunked', '', '0', '', '')],
    ['chunks twice', answer(OK, 'transfer-encoding: chunked', 'transfer-encoding: chunked', '', '0', '', '')],
    ['another coding', answer(OK, 'transfer-encoding: gzip, chunked', '', '0', '', '')],
    ['a coding that looks like chunks', answer(OK, 'transfer-encoding: xchunked', '', '0', '', '')],
    ['chunks in HTTP/1.0', answer('HTTP/1.0 200 OK', 'transfer-encoding: chunked', '', '0', '', '')],
    ['a chunk without a size', answer(OK, 'transfer-encoding: chunked', '', '', '')],
    ['a chunk of a negative size', answer(OK, 'transfer-encoding: chunked', '', '-1', '', '')],
    ['a chunk size of hexadecimal notation', answer(OK, 'transfer-encoding: chunked', '', '0x1', 'a', '0', '', '')],
    ['a chunk size beyond counting', answer(OK, 'transfer-encoding: chunked', '', 'fffffffff', '')],
    ['a chunk longer than its size', answer(OK, 'transfer-encoding: chunked', '', '1', 'ab', '0', '', '')],
    ['a chunk that ends in LF alone', `${answer(OK, 'transfer-encoding: chunked', '', '1', 'a')}\n0\r\n\r\n`],
    ['a trailer that is none', answer(OK, 'transfer-encoding: chunked', '', '0', 'abc', '')],
  ])('%s', (_what, bytes) => {
    for (const size of [bytes.length, 1]) expect(() => read(bytes, size)).toThrow('the answer is no HTTP');
  });

  it.each(['content-length: 1\xa0', 'content-length:\xa01', 'transfer-encoding: chunked\xa0', 'content-length: 1\v'])(
    'what looks like space around a value and is none: %j',
    (line) => {
      const bytes = Buffer.from(answer(OK, line, '', '1', 'a', '0', '', ''), 'latin1');
      expect(() => new ResponseReader(MAX_BYTES).read(bytes)).toThrow('the answer is no HTTP');
    },
  );

  it.each<[string, string]>([
    ['a header', `${OK}\r\nx: `],
    ['a line without an end', ''],
    ['interim answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000)],
    ['a chunk extension', answer(OK, 'transfer-encoding: chunked', '', '1;')],
    ['trailers', answer(OK, 'transfer-encoding: chunked', '', '0', '')],
  ])('more than 16 KiB of %s', (what, start) => {
    const rest = what === 'trailers' ? 'a: b\r\n'.repeat(4_000) : 'x'.repeat(17_000);
    expect(() => read(`${start}${rest}`, 1_000)).toThrow('more than 16384 bytes of headers');
  });

  it.each<[string, string]>([
    ['announced', answer(OK, 'content-length: 1001', '', '')],
    ['announced beyond counting', answer(OK, 'content-length: 999999999999999', '', '')],
    ['in one chunk', answer(OK, 'transfer-encoding: chunked', '', '3e9', '')],
    ['in many chunks', answer(OK, 'transfer-encoding: chunked', '', '64\r\n'.concat('x'.repeat(100), '\r\n').repeat(11))],
    ['until the end', answer(OK, '', 'x'.repeat(1_001))],
  ])('a body that is too large, %s', (_how, bytes) => {
    expect(() => read(bytes, 50)).toThrow(expect.objectContaining({ code: 'SUBGRAPH_RESPONSE_TOO_LARGE' }));
  });

  it('a content encoding', () => {
    expect(() => read(answer(OK, 'content-encoding: gzip', 'content-length: 1', '', 'a'))).toThrow(
      expect.objectContaining({ code: 'SUBGRAPH_RESPONSE_INVALID' }),
    );
  });

  it('no number of small chunks', () => {
    const chunks = '1\r\nx\r\n'.repeat(MAX_BYTES);
    expect(read(answer(OK, 'transfer-encoding: chunked', '', `${chunks}0`, '', '')).reader.answer.text).toBe('x'.repeat(MAX_BYTES));
  });
});
