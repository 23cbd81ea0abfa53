import { gzipSync } from 'node:zlib';
import { type Answer, get, type HostileInput, post, postText, raw, rawPost, request } from './input.ts';

const ASK = '{"query":"{ __typename }"}';
const BODY_LIMIT_BYTES = 262_144;
const PREFLIGHT = { 'apollo-require-preflight': 'true' };
const BOMB_BYTES = 200_000_000;

/** JSON of exactly this many bytes. */
const padded = (bytes: number): string => `${ASK.slice(0, -1)},"x":"${'x'.repeat(bytes - ASK.length - 7)}"}`;

const badRequest = (name: string, send: HostileInput['send'], status: HostileInput['status'] = 400): HostileInput => ({
  name,
  send,
  status,
  code: 'BAD_REQUEST',
});

const unsupported = (name: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer> = ASK): HostileInput => ({
  name,
  send: postText(body, headers),
  status: 415,
  code: 'UNSUPPORTED_MEDIA_TYPE',
});

const method = (name: string, path = '/graphql'): HostileInput => ({
  name: `${name} ${path}`,
  send: (target) => request(target, path, { method: name }),
  status: 405,
  code: 'METHOD_NOT_ALLOWED',
  verify: ({ headers }) => (headers.get('allow')?.includes('POST') ? undefined : 'Allow does not name POST'),
});

const tooLarge = (name: string, send: HostileInput['send']): HostileInput => ({ name, send, status: 413, code: 'BODY_TOO_LARGE' });

/** Bytes that are on their way when the router hangs up may cost the sender the answer (RFC 9112 section 9.6). */
const endless = (name: string, send: HostileInput['send']): HostileInput => ({ name, send, status: [413, 0], code: ['BODY_TOO_LARGE', undefined] });

const chunked = (bytes: number): Uint8Array[] => {
  const chunk = Buffer.from(`4000\r\n${'x'.repeat(0x4000)}\r\n`);
  const head = 'POST /graphql HTTP/1.1\r\nHost: router\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
  return [Buffer.from(head), ...Array.from({ length: bytes / 0x4000 }, () => chunk)];
};

const notAllowed =
  (...origins: readonly string[]) =>
  ({ headers }: Answer): string | undefined =>
    origins.includes(headers.get('access-control-allow-origin') ?? '') ? 'the origin is allowed' : undefined;

const BODIES: readonly HostileInput[] = [
  { name: 'control: a body of exactly 256 KiB', send: postText(padded(BODY_LIMIT_BYTES)), status: 200 },
  tooLarge('one byte more', postText(padded(BODY_LIMIT_BYTES + 1))),
  tooLarge('40 MB announced', raw('POST /graphql HTTP/1.1\r\nHost: router\r\nContent-Type: application/json\r\nContent-Length: 40000000\r\n\r\n')),
  endless(
    '40 MB announced and sent',
    raw([
      Buffer.from('POST /graphql HTTP/1.1\r\nHost: router\r\nContent-Type: application/json\r\nContent-Length: 40000000\r\n\r\n'),
      Buffer.alloc(40_000_000, 120),
    ]),
  ),
  endless('chunks that go on for 40 MB', raw(chunked(40_960_000))),
  badRequest('truncated JSON', postText('{"query":"{ __type')),
  badRequest('an empty body', postText('')),
  badRequest('null', postText('null')),
  badRequest('a number', postText('7')),
  badRequest('an object without a query', postText('{}')),
  badRequest('a query that is an object', post({ query: { a: 1 } })),
  badRequest('variables that are a list', post({ query: '{ __typename }', variables: [1] })),
  badRequest('variables that are a text', post({ query: '{ __typename }', variables: '{' })),
  badRequest('extensions that are a list', post({ query: '{ __typename }', extensions: [1] })),
  badRequest('a batch', post([{ query: '{ __typename }' }, { query: '{ __typename }' }])),
  badRequest('1,000 batched operations', post(Array.from({ length: 1_000 }, () => ({ query: '{ __typename }' })))),
  badRequest('100,000 nested lists', postText('['.repeat(100_000))),
  badRequest('bytes that are not UTF-8', postText(new Uint8Array([0xff, 0xfe, 0x00, 0x7b]))),
  { name: 'control: a key twice is the last one', send: postText('{"query":"{","query":"{ __typename }"}'), status: 200 },
];

const ID = `sha256:${'0'.repeat(64)}`;

const notFound = (name: string, send: HostileInput['send'], code = 'NOT_FOUND'): HostileInput => ({ name, send, status: 404, code });

const PERSISTED: readonly HostileInput[] = [
  ...[ID, '__proto__', 'constructor', '../../package.json', ID.toUpperCase(), ''].map((documentId) =>
    notFound(`an id that no document has: ${documentId.slice(0, 20)}`, post({ documentId }), 'PERSISTED_DOCUMENT_NOT_FOUND'),
  ),
  badRequest('an id of 100 KB', post({ documentId: 'x'.repeat(100_000) })),
  badRequest('an id that is an object', post({ documentId: { toString: 'x' } })),
  badRequest('an id beside a query', post({ documentId: ID, query: '{ __typename }' })),
  badRequest('an id twice by GET', (target) => request(target, `/graphql?documentId=${ID}&documentId=${ID}`, { headers: PREFLIGHT })),
  ...['/__proto__/graphql', '//graphql', '/constructor/graphql', `/${'a'.repeat(90)}/graphql`].map((path) =>
    notFound(`a contract that is none: ${path.slice(0, 20)}`, (target) =>
      request(target, path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: ASK }),
    ),
  ),
];

const PROTOTYPES: readonly HostileInput[] = [
  badRequest('__proto__ beside the query', postText('{"query":"{ __typename }","__proto__":{"pwned":1}}')),
  badRequest(
    '__proto__ in the variables',
    postText('{"query":"query ($sku: ID!) { product(sku: $sku) { name } }","variables":{"__proto__":{"sku":"A-1"}}}'),
  ),
  badRequest('constructor.prototype in the variables', postText('{"query":"{ __typename }","variables":{"constructor":{"prototype":{"pwned":1}}}}')),
];

const ENCODINGS: readonly HostileInput[] = [
  unsupported('charset utf-7', { 'content-type': 'application/json; charset=utf-7' }),
  unsupported('charset ibm037', { 'content-type': 'application/json; charset=ibm037' }),
  unsupported('XML', { 'content-type': 'text/xml' }),
  unsupported('application/graphql', { 'content-type': 'application/graphql' }, '{ __typename }'),
  unsupported('a body of 200 MB, compressed', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(BOMB_BYTES)) as Uint8Array<ArrayBuffer>),
  unsupported('an unknown Content-Encoding', { 'content-encoding': 'exotic' }),
  ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'].map(
    (type): HostileInput => ({
      name: `a body any page may send: ${type}`,
      send: postText(ASK, { 'content-type': type }),
      status: [400, 415],
      code: ['BAD_REQUEST', 'UNSUPPORTED_MEDIA_TYPE'],
    }),
  ),
  badRequest('Accept: text/xml', post({ query: '{ __typename }' }, { accept: 'text/xml' }), 406),
  { name: 'control: Accept: */*', send: post({ query: '{ __typename }' }, { accept: '*/*' }), status: 200 },
];

const put = (headers: Record<string, string>, body?: string, path = '/graphql'): HostileInput['send'] => {
  const init = { method: 'PUT', headers, ...(body === undefined ? {} : { body }) };
  return (target) => request(target, path, init);
};

const remove = (search: string, headers: Record<string, string> = {}): HostileInput['send'] => {
  return (target) => request(target, `/graphql${search}`, { method: 'DELETE', headers });
};

const STREAM_METHODS: readonly HostileInput[] = [
  { name: 'a reservation with a forged token', send: put({ authorization: 'Bearer a.b.c' }), status: 401, code: 'ACCESS_TOKEN_INVALID' },
  badRequest('a reservation with broken JSON', put({ 'content-type': 'application/json' }, '{')),
  { name: 'a reservation with XML', send: put({ 'content-type': 'text/xml' }, '<a/>'), status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' },
  tooLarge('a reservation with 256 KiB and a byte', put({ 'content-type': 'application/json' }, padded(BODY_LIMIT_BYTES + 1))),
  notFound('a reservation at a contract that is none', put({}, undefined, '/__proto__/graphql')),
  {
    name: 'the question whether a foreign page may reserve',
    send: (target) =>
      request(target, '/graphql', {
        method: 'OPTIONS',
        headers: { origin: 'https://attacker.example', 'access-control-request-method': 'PUT' },
      }),
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    verify: notAllowed('https://attacker.example', '*'),
  },
  notFound('DELETE without an event stream', remove(''), 'STREAM_NOT_FOUND'),
  ...['__proto__', 'x'.repeat(5_000)].map((token) =>
    notFound(
      `DELETE of an operation on no event stream: ${token.slice(0, 20)}`,
      remove('?operationId=1', { 'x-graphql-event-stream-token': token }),
      'STREAM_NOT_FOUND',
    ),
  ),
];

const METHODS: readonly HostileInput[] = [
  method('PATCH'),
  // PUT reserves an event stream of graphql-sse, DELETE ends an operation on one.
  ...STREAM_METHODS,
  badRequest('GET without a preflight header', get({ query: '{ __typename }' })),
  badRequest('GET without a query', get({}, PREFLIGHT)),
  badRequest(
    'GET with text/plain and a preflight header',
    get({ query: '{ __typename }' }, { ...PREFLIGHT, 'content-type': 'text/plain' }),
    [400, 415],
  ),
  badRequest('GET with variables that are not JSON', get({ query: '{ __typename }', variables: '{' }, PREFLIGHT)),
  {
    ...badRequest('a mutation by GET', get({ query: 'mutation { rename(sku: "A-1", name: "x") { name } }' }, PREFLIGHT), 405),
    verify: ({ headers }) => (headers.get('allow') === 'POST' ? undefined : 'Allow is not POST'),
  },
  {
    name: 'a page, and its source',
    send: (target) => request(target, '/graphql', { headers: { accept: 'text/html' } }),
    status: [400, 406],
    code: 'BAD_REQUEST',
  },
  {
    name: 'a path that leads out',
    send: raw('GET /..%2f..%2fetc/passwd HTTP/1.1\r\nHost: router\r\nConnection: close\r\n\r\n'),
    status: 404,
    code: 'NOT_FOUND',
  },
  { name: 'a path that cannot be decoded', send: (target) => request(target, '/%zz', {}), status: 400, code: 'BAD_REQUEST' },
];

const FRAMES: readonly HostileInput[] = [
  { name: '20 KB of one header', send: rawPost(`X-Long: ${'x'.repeat(20_000)}\r\n`), status: 431, code: 'HEADERS_TOO_LARGE' },
  {
    name: '200 headers',
    send: rawPost(Array.from({ length: 200 }, (_, index) => `X-${index}: 1\r\n`).join('')),
    status: 431,
    code: 'HEADERS_TOO_LARGE',
  },
  {
    name: 'a URL of 100 KB',
    send: get({ query: `{ __typename } #${'x'.repeat(100_000)}` }, PREFLIGHT),
    status: [414, 431],
    code: 'HEADERS_TOO_LARGE',
  },
  badRequest(
    'a length and chunks',
    raw(`POST /graphql HTTP/1.1\r\nHost: router\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`),
  ),
  badRequest('two lengths', rawPost('Content-Length: 5\r\n')),
  badRequest('chunked, twice encoded', rawPost('Transfer-Encoding: gzip, chunked\r\n')),
  badRequest('a bare line feed', raw('POST /graphql HTTP/1.1\nHost: router\nContent-Length: 0\n\n')),
  badRequest('a NUL in a header', rawPost('X-Nul: a\0b\r\n')),
  badRequest('a header folded over two lines', rawPost('X-Folded: a\r\n b\r\n')),
  badRequest('no Host', raw('GET /graphql HTTP/1.1\r\nConnection: close\r\n\r\n')),
  badRequest('a Host that is none', raw('GET /graphql?query={__typename} HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n')),
  badRequest('two Hosts', rawPost('Host: other\r\n')),
  badRequest('a target that is no URL', raw('GET // HTTP/1.1\r\nHost: router\r\nConnection: close\r\n\r\n')),
  badRequest('TLS where plain text is spoken', raw(Buffer.from('160301020001000001fc0303', 'hex'))),
  badRequest('HTTP/2 where HTTP/1.1 is spoken', raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')),
  badRequest('a negative length', raw('POST /graphql HTTP/1.1\r\nHost: router\r\nContent-Length: -1\r\n\r\n')),
];

const HEADERS: readonly HostileInput[] = [
  {
    name: 'a foreign origin',
    send: post({ query: '{ __typename }' }, { origin: 'https://attacker.example' }),
    status: 200,
    verify: notAllowed('https://attacker.example', '*'),
  },
  { name: 'the origin null', send: post({ query: '{ __typename }' }, { origin: 'null' }), status: 200, verify: notAllowed('null') },
  ...['x-internal-token', 'X_Internal_Token', 'router-authorization', 'x-user-id', 'x-internal-claims', 'x-supergraph-caller'].map(
    (name): HostileInput => ({
      name: `a client that sends ${name}`,
      send: post({ query: '{ product(sku: "A-1") { name } }' }, { [name]: 'forged' }),
      status: 200,
      verify: ({ body }, { reached }) => {
        if (!body.includes('Lantern')) return 'the operation failed';
        return JSON.stringify(reached.at(-1)).includes('forged') ? 'the header reached a subgraph' : undefined;
      },
    }),
  ),
  {
    name: 'a request id with a line break in it',
    send: post({ query: '{ __typename }' }, { 'x-request-id': 'a%0d%0aset-cookie: b' }),
    status: 200,
    verify: ({ headers }) => (headers.get('x-request-id')?.includes('set-cookie') ? 'it was repeated' : undefined),
  },
  {
    name: 'a plan asked for by header',
    send: post({ query: '{ product(sku: "A-1") { name } }' }, { 'apollo-query-plan-experimental': 'true', 'apollo-expose-query-plan': 'true' }),
    status: 200,
    verify: ({ body }) => (/plan/i.test(body) ? 'the plan is shown' : undefined),
  },
  {
    name: 'a trace asked for by header',
    send: post({ query: '{ product(sku: "A-1") { name } }' }, { 'apollo-federation-include-trace': 'ftv1' }),
    status: 200,
    verify: ({ body }) => (body.includes('ftv1') ? 'the trace is shown' : undefined),
  },
];

export const HTTP_INPUTS: readonly HostileInput[] = [...BODIES, ...PERSISTED, ...PROTOTYPES, ...ENCODINGS, ...METHODS, ...FRAMES, ...HEADERS];
