import { type HttpAnswer, refusalOfHead, tooLarge } from './http-exchange.ts';
import { CHUNK_SIZE, CLOSE, CRLF, HEADERS, ILLEGAL, idleSecondsIn, LENGTH, malformed, NOTED_LENGTHS, statusIn, valueAfter } from './http-syntax.ts';

/** Of the head with all interim answers before it, of one line of a chunk's size, and of the trailers. */
const MAX_LINES_BYTES = 16 * 1024;
const FIRST_CAPACITY = 64 * 1024;

const LF = 10;
const HEAD_END = Buffer.from(CRLF + CRLF);

type State = 'status' | 'headers' | 'sized' | 'chunk size' | 'chunk' | 'chunk end' | 'trailers' | 'until close' | 'whole';

const joined = (before: string, value: string): string => (before === '' ? value : `${before}, ${value}`);

/**
 * One HTTP/1.1 answer, from the bytes of its connection (https://www.rfc-editor.org/rfc/rfc9112). What could be read in two ways is refused: a line that
 * does not end in CRLF, two lengths, a length beside chunks, a coding other than chunks.
 */
export class ResponseReader {
  readonly #maxBytes: number;
  #state: State = 'status';
  #hasBegun = false;
  /** What came of a line so far. */
  #line = '';
  #linesBytes = 0;
  #status = 0;
  #keepsAlive = true;
  #isOld = false;
  #idleSeconds: number | undefined;
  #contentType = '';
  #encoding = '';
  #length: number | undefined;
  #isChunked = false;
  /** Bytes to come of the body, or of a chunk. */
  #left = 0;
  #body: Buffer | undefined;
  #size = 0;
  #text: string | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get isWhole(): boolean {
    return this.#state === 'whole';
  }

  /** Whether the connection can be used again after this answer. */
  get keepsAlive(): boolean {
    return this.#keepsAlive;
  }

  /** How long the server says that it keeps an idle connection. */
  get idleSeconds(): number | undefined {
    return this.#idleSeconds;
  }

  get answer(): HttpAnswer {
    return { status: this.#status, contentType: this.#contentType, text: this.#text ?? this.#body?.toString('utf8', 0, this.#size) ?? '' };
  }

  /** Keeps nothing of `chunk`. @returns how many of its bytes belong to this answer. @throws SubgraphFailure, or an Error for what is no HTTP. */
  read(chunk: Buffer): number {
    this.#hasBegun = true;
    let at = 0;
    while (at < chunk.length && this.#state !== 'whole') at = this.#readBody(chunk, at) ?? this.#readHead(chunk, at) ?? this.#readLine(chunk, at);
    return at;
  }

  /** The server closed its side. @returns whether the answer is whole. */
  end(): boolean {
    if (this.#state === 'until close') this.#state = 'whole';
    return this.isWhole;
  }

  #readBody(chunk: Buffer, at: number): number | undefined {
    if (this.#state === 'until close') {
      this.#append(chunk, at, chunk.length);
      return chunk.length;
    }
    if (this.#state !== 'sized' && this.#state !== 'chunk') return undefined;
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    // Most answers come in one piece.
    if (this.#state === 'sized' && this.#left === 0 && this.#size === 0) this.#text = chunk.toString('utf8', at, end);
    else this.#append(chunk, at, end);
    if (this.#left === 0) this.#state = this.#state === 'sized' ? 'whole' : 'chunk end';
    return end;
  }

  #append(chunk: Buffer, from: number, to: number): void {
    const size = this.#size + to - from;
    if (size > this.#maxBytes) throw tooLarge(this.#maxBytes);
    if (this.#body === undefined || size > this.#body.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(FIRST_CAPACITY, size * 2)));
      this.#body?.copy(grown, 0, 0, this.#size);
      this.#body = grown;
    }
    chunk.copy(this.#body, this.#size, from, to);
    this.#size = size;
  }

  /** Most heads come in one piece: as a whole they cost less than line by line. */
  #readHead(chunk: Buffer, at: number): number | undefined {
    if (this.#state !== 'status' || this.#line !== '') return undefined;
    const end = chunk.indexOf(HEAD_END, at);
    if (end === -1) return undefined;
    this.#countLines(end + HEAD_END.length - at);
    const head = chunk.toString('latin1', at, end);
    const statusEnd = head.indexOf(CRLF);
    const status = statusEnd === -1 ? head : head.slice(0, statusEnd);
    if (ILLEGAL.test(status)) throw malformed('a control character');
    this.#takeStatus(status);
    if (statusEnd !== -1) this.#takeHeaders(head.slice(statusEnd + CRLF.length));
    this.#takeEmptyLine();
    return end + HEAD_END.length;
  }

  #takeHeaders(lines: string): void {
    if (!HEADERS.test(lines)) throw malformed('no header where one should be');
    for (let at = 0; at < lines.length; ) {
      const crlf = lines.indexOf(CRLF, at);
      const end = crlf === -1 ? lines.length : crlf;
      this.#noteHeader(lines.slice(at, end), lines.indexOf(':', at) - at);
      at = end + CRLF.length;
    }
  }

  #countLines(bytes: number): void {
    this.#linesBytes += bytes;
    if (this.#linesBytes > MAX_LINES_BYTES) throw malformed(`more than ${MAX_LINES_BYTES} bytes of headers`);
  }

  #readLine(chunk: Buffer, at: number): number {
    const lf = chunk.indexOf(LF, at);
    const end = lf === -1 ? chunk.length : lf;
    this.#countLines(end + 1 - at);
    this.#line += chunk.toString('latin1', at, end);
    if (lf === -1) return end;
    if (!this.#line.endsWith('\r')) throw malformed('a line without CR');
    const line = this.#line.slice(0, -1);
    if (ILLEGAL.test(line)) throw malformed('a control character');
    this.#line = '';
    this.#takeLine(line);
    return lf + 1;
  }

  #takeLine(line: string): void {
    if (this.#state === 'status') this.#takeStatus(line);
    else if (this.#state === 'chunk size') this.#takeChunkSize(line);
    else if (this.#state === 'chunk end') this.#takeChunkEnd(line);
    else if (line === '') this.#takeEmptyLine();
    else this.#takeHeader(line);
  }

  #takeStatus(line: string): void {
    const [, minor, status] = statusIn(line);
    if (status === undefined) throw malformed('no status line');
    if (status === '101') throw malformed('an upgrade nobody asked for');
    this.#status = Number(status);
    this.#isOld = minor === '0';
    this.#keepsAlive = !this.#isOld;
    this.#contentType = '';
    this.#encoding = '';
    this.#length = undefined;
    this.#isChunked = false;
    this.#state = 'headers';
  }

  #takeHeader(line: string): void {
    if (!HEADERS.test(line)) throw malformed('no header where one should be');
    if (this.#state === 'headers') this.#noteHeader(line, line.indexOf(':'));
  }

  #noteHeader(line: string, colon: number): void {
    // What most other headers need not be looked at for.
    if (!NOTED_LENGTHS.has(colon)) return;
    const value = valueAfter(line, colon);
    switch (line.slice(0, colon).toLowerCase()) {
      case 'content-length':
        if (this.#length !== undefined || !LENGTH.test(value)) throw malformed('a content length that is none');
        this.#length = Number(value);
        return;
      case 'transfer-encoding':
        if (this.#isChunked || value.toLowerCase() !== 'chunked') throw malformed('a transfer coding other than chunks');
        this.#isChunked = true;
        return;
      case 'content-type':
        this.#contentType = joined(this.#contentType, value);
        return;
      case 'content-encoding':
        this.#encoding = joined(this.#encoding, value);
        return;
      case 'connection':
        if (CLOSE.test(value)) this.#keepsAlive = false;
        return;
      case 'keep-alive':
        this.#idleSeconds = idleSecondsIn(value) ?? this.#idleSeconds;
    }
  }

  #takeEmptyLine(): void {
    if (this.#state === 'trailers') this.#state = 'whole';
    // The real answer follows.
    else if (this.#status < 200) this.#state = 'status';
    else this.#beginBody();
  }

  #beginBody(): void {
    const refusal = refusalOfHead(this.#encoding, this.#length ?? 0, this.#maxBytes);
    if (refusal !== undefined) throw refusal;
    if (this.#isChunked && (this.#length !== undefined || this.#isOld)) throw malformed('chunks beside a content length, or in HTTP/1.0');
    this.#linesBytes = 0;
    if (this.#status === 204 || this.#status === 304) this.#endWithoutBody();
    else if (this.#isChunked) this.#state = 'chunk size';
    else if (this.#length === undefined) {
      this.#keepsAlive = false;
      this.#state = 'until close';
    } else {
      this.#left = this.#length;
      this.#state = this.#left === 0 ? 'whole' : 'sized';
    }
  }

  #endWithoutBody(): void {
    // Whatever it says it has none; one that comes all the same is not taken for the next answer.
    if (this.#isChunked || this.#length !== undefined) this.#keepsAlive = false;
    this.#state = 'whole';
  }

  #takeChunkSize(line: string): void {
    const digits = CHUNK_SIZE.exec(line)?.[1];
    if (digits === undefined) throw malformed('a chunk without a size');
    this.#left = Number.parseInt(digits, 16);
    if (this.#size + this.#left > this.#maxBytes) throw tooLarge(this.#maxBytes);
    this.#linesBytes = 0;
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
  }

  #takeChunkEnd(line: string): void {
    if (line !== '') throw malformed('a chunk longer than its size');
    this.#state = 'chunk size';
  }
}
