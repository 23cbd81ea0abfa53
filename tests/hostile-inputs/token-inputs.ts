import { createHmac, randomUUID } from 'node:crypto';
import { type Answer, type HostileInput, post, raw, request, type Target } from './input.ts';
import { AUDIENCE, ISSUER, validClaims } from './key-set.ts';

const ASK = { query: '{ __typename }' };
const LEEWAY_SECONDS = 30;

type TokenOf = (target: Target) => string | Promise<string>;

const withAuthorization =
  (authorizationOf: TokenOf): HostileInput['send'] =>
  async (target) =>
    post(ASK, { authorization: await authorizationOf(target) })(target);

const withToken = (tokenOf: TokenOf): HostileInput['send'] => withAuthorization(async (target) => `Bearer ${await tokenOf(target)}`);

const base64 = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const unsigned = (header: Record<string, unknown>, signature = ''): string =>
  `${base64({ typ: 'at+jwt', ...header })}.${base64(validClaims())}.${signature}`;

const seconds = (offset: number): number => Math.floor(Date.now() / 1_000) + offset;

const challenge = ({ headers }: Answer): string | undefined => {
  const value = headers.get('www-authenticate') ?? '';
  return value.startsWith('Bearer') ? undefined : `WWW-Authenticate is '${value}'`;
};

const refused = (name: string, send: HostileInput['send'], withinMs?: number): HostileInput => ({
  name,
  send,
  status: 401,
  code: 'ACCESS_TOKEN_INVALID',
  verify: challenge,
  ...(withinMs === undefined ? {} : { withinMs }),
});

const claims = (name: string, changes: () => Record<string, unknown>): HostileInput =>
  refused(
    `a token with ${name}`,
    withToken(({ keys }) => keys.token(changes())),
  );

const header = (name: string, changes: (target: Target) => Record<string, unknown>): HostileInput =>
  refused(
    `a foreign signature with ${name}`,
    withToken((target) => target.keys.forged(changes(target))),
  );

/** A signature with the public key as the secret: what a verifier that believes the header's `alg` accepts. */
const confused: TokenOf = ({ keys }) => {
  const text = `${base64({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })}.${base64(validClaims())}`;
  return `${text}.${createHmac('sha256', keys.publicPem).update(text).digest('base64url')}`;
};

export const TOKEN_INPUTS: readonly HostileInput[] = [
  { name: 'control: a valid token', send: withToken(({ keys }) => keys.token()), status: 200 },
  refused(
    'alg none',
    withToken(() => unsigned({ alg: 'none' })),
  ),
  refused(
    'alg None',
    withToken(() => unsigned({ alg: 'None' }, 'AA')),
  ),
  refused(
    'an empty signature',
    withToken(async ({ keys }) => `${(await keys.token()).split('.').slice(0, 2).join('.')}.`),
  ),
  refused('HS256 with the public key', withToken(confused)),
  header('the kid of a real key', () => ({})),
  header('an unknown kid', () => ({ kid: randomUUID() })),
  header('a kid that is a path', () => ({ kid: '../../dev/null' })),
  header('a kid that is SQL', () => ({ kid: "x' UNION SELECT 'secret" })),
  header('jku to the attacker', ({ keys }) => ({ jku: keys.attackerUrl })),
  header('x5u to the attacker', ({ keys }) => ({ x5u: keys.attackerUrl })),
  refused(
    'an unknown critical extension',
    withToken(() => unsigned({ alg: 'EdDSA', kid: 'k1', crit: ['x-attack'], 'x-attack': 1 }, 'AAAA')),
  ),
  claims('exp 31 s ago', () => ({ exp: seconds(-LEEWAY_SECONDS - 1) })),
  claims('no exp', () => ({ exp: undefined })),
  claims('a text as exp', () => ({ exp: '9999999999' })),
  claims('nbf in 40 s', () => ({ nbf: seconds(LEEWAY_SECONDS + 10) })),
  claims('iat in an hour', () => ({ iat: seconds(3_600) })),
  claims('another audience', () => ({ aud: 'another' })),
  claims('no audience', () => ({ aud: undefined })),
  claims('another issuer', () => ({ iss: 'https://attacker.example' })),
  claims('the issuer and a slash', () => ({ iss: `${ISSUER}/` })),
  claims('no subject', () => ({ sub: undefined })),
  claims('a role nobody has', () => ({ role: 'ROOT' })),
  refused(
    'an ID token',
    withToken(({ keys }) => keys.token({}, { typ: 'JWT' })),
  ),
  refused(
    'a signed token whose payload was changed',
    withToken(async ({ keys }) => {
      const [head, , signature] = (await keys.token()).split('.');
      return `${head}.${base64({ ...validClaims(), role: 'ADMIN' })}.${signature}`;
    }),
  ),
  refused(
    '8 KB of dots',
    withToken(() => '.'.repeat(8_000)),
    20,
  ),
  refused(
    'five segments',
    withToken(() => 'a.b.c.d.e'),
  ),
  refused(
    'segments that are not base64',
    withToken(() => '$$$.%%%.&&&'),
  ),
  refused(
    'a token of 9 KB',
    withToken(({ keys }) => keys.token({ padding: 'x'.repeat(9_000) })),
  ),
  refused(
    'another scheme',
    withAuthorization(() => `Basic ${base64('admin:admin')}`),
  ),
  refused(
    'Bearer without a token',
    withAuthorization(() => 'Bearer'),
  ),
  {
    name: 'two Authorization headers',
    send: raw(
      'POST /graphql HTTP/1.1\r\nHost: router\r\nContent-Type: application/json\r\nAuthorization: Bearer a.b.c\r\nAuthorization: Bearer d.e.f\r\nContent-Length: 26\r\nConnection: close\r\n\r\n{"query":"{ __typename }"}',
    ),
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    name: 'a token in the query string is nobody',
    send: async (target) => {
      const body = JSON.stringify({ query: '{ product(sku: "A-1") { name } }' });
      const path = `/graphql?access_token=${await target.keys.token()}`;
      return request(target, path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    },
    status: 200,
    verify: (_, { reached }) => (JSON.stringify(reached.at(-1)).includes('access_token') ? 'it reached a subgraph' : undefined),
  },
  {
    name: 'an audience list that has ours is fine',
    send: withToken(({ keys }) => keys.token({ aud: ['another', AUDIENCE] })),
    status: 200,
  },
];
