import { ANONYMOUS_IDENTITY, type Identity } from '@supergraph/identity/identity';
import { buildSchema, parse, print } from 'graphql';
import { describe, expect, test } from 'vitest';
import { applyDenials } from './apply-denials.ts';
import { type Authorized, authorizeOperation } from './authorize-operation.ts';
import { createPolicies } from './policies.ts';
import { readAuthorizationRules } from './read-authorization-rules.ts';
import { PROTECTED_SUPERGRAPH, schema } from './testing/protected-graph.ts';

const rules = readAuthorizationRules(PROTECTED_SUPERGRAPH);
const policies = createPolicies({ 'works-here': ({ caller }) => caller.role === 'staff' });

const ANONYMOUS = ANONYMOUS_IDENTITY;
const CUSTOMER: Identity = { ...ANONYMOUS, caller: { role: 'customer', userId: '1' } };
const SERVICE: Identity = { ...ANONYMOUS, caller: { role: 'service', name: 'order' } };
const STAFF: Identity = { ...ANONYMOUS, caller: { role: 'staff', userId: '2' } };

const authorize = async (text: string, identity = ANONYMOUS, variables: Record<string, unknown> = {}, document = parse(text)): Promise<Authorized> =>
  authorizeOperation({ rules, schema, document, operationName: undefined, variables, identity, policies });

const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The text of what is left to plan. */
const left = async (text: string, identity = ANONYMOUS, variables: Record<string, unknown> = {}): Promise<string | undefined> => {
  const authorized = await authorize(text, identity, variables);
  if (authorized.kind === 'refused') throw new Error('refused');
  return authorized.document === undefined ? undefined : flat(print(authorized.document));
};

interface Answer {
  data: unknown;
  errors: { path: unknown; code: unknown }[];
}

/** The answer to `text`, when what is left of it is answered by `data`. */
const answer = async (text: string, data: Record<string, unknown> | null, identity = ANONYMOUS, variables = {}): Promise<Answer> => {
  const authorized = await authorize(text, identity, variables);
  if (authorized.kind !== 'cut') throw new Error(authorized.kind);
  const applied = applyDenials({ cut: authorized.cut, data, variables });
  return {
    data: JSON.parse(JSON.stringify(applied.data)),
    errors: applied.errors.map(({ path, extensions }) => ({ path, code: extensions['code'] })),
  };
};

const denied = (...path: (string | number)[]) => ({ path, code: 'UNAUTHORIZED_FIELD_OR_TYPE' });

describe('what is left of an operation', () => {
  test.each([
    ['a field', '{ version me { id email } }', '{ version me { id } }'],
    ['an aliased field', '{ me { id mail: email } }', '{ me { id } }'],
    ['a field of a protected type', '{ me { id card { number } } }', '{ me { id } }'],
    ['a list of a protected type', '{ me { id cards { number } } }', '{ me { id } }'],
    ['a field of a protected scalar', '{ me { id secret } }', '{ me { id } }'],
    [
      'a field of a protected enum',
      '{ version priced { ... on Product { price level } } }',
      '{ version priced { __typename ... on Product { price } } }',
    ],
    ['in an inline fragment', '{ me { id ... { email } } }', '{ me { id } }'],
    ['in a named fragment', '{ me { id ...F } } fragment F on User { email label }', '{ me { id ... on User { label } } }'],
    ['in a fragment in a fragment', '{ me { id ...F } } fragment F on User { ...G } fragment G on User { email }', '{ me { id } }'],
    ['everything inside a field', '{ me { email } }', '{ me { __typename } }'],
    [
      'with its variables and fragments',
      'query($u: Boolean) { version node { label(upper: $u) ...F } } fragment F on Node { secret }',
      '{ version node { __typename } }',
    ],
    ['through an interface with one protected implementation (CVE-2025-64173)', '{ node { id } }', '{ node { __typename } }'],
    ['through a narrowed interface', '{ node { ... on User { id } ... on Vault { id } } }', '{ node { __typename ... on User { id } } }'],
    ['through an interface inside an object', '{ node { ... on User { ... on Node { id } } } }', 'same'],
    ['through a union', '{ search { ... on User { id email } ... on Card { number } } }', '{ search { __typename ... on User { id } } }'],
    ['through an interface on a union', '{ search { ... on Node { id } ... on Priced { price } } }', '{ search { __typename } }'],
    ['but not the name of a type', '{ search { __typename ... on Card { __typename } } }', 'same'],
    [
      'but not introspection',
      '{ __schema { types { name } } __type(name: "Card") { fields { name } } count }',
      '{ __schema { types { name } } __type(name: "Card") { fields { name } } }',
    ],
  ])('goes without %s', async (_, text, expected) => {
    expect(await left(text)).toBe(expected === 'same' ? flat(print(parse(text))) : expected);
  });

  test('is nothing when every root field is denied', async () => {
    expect(await left('{ count vault { id } n: count ... on Query { admin { id } } }')).toBeUndefined();
    expect(await answer('{ vault { id } admin { id } }', {})).toEqual({
      data: { vault: null, admin: null },
      errors: [denied('vault'), denied('admin')],
    });
    expect(await answer('{ vault { id } count }', {})).toEqual({ data: null, errors: [denied('vault'), denied('count')] });
  });

  test('keeps a fragment that is cut in one place whole in another', async () => {
    const text = '{ node { ...F } me { ...F } } fragment F on Node { id label }';
    expect(await left(text)).toBe('{ node { __typename } me { ...F } } fragment F on Node { id label }');
  });

  test('is the very same document when nothing is cut', async () => {
    const document = parse('{ me { email } count }');
    const authorized = await authorize('', CUSTOMER, {}, document);
    expect(authorized).toMatchObject({ kind: 'allowed', key: 'allowed' });
    expect(authorized.kind === 'allowed' && authorized.document).toBe(document);
  });

  test('asks for types under a name the client left free', async () => {
    expect(await left('{ node { __typename: label typename_1: parent { id } } }')).toBe('{ node { typename_2: __typename } }');
  });

  test('is reported for the log, with the coordinate and the response names', async () => {
    const authorized = await authorize('{ m: me { f: friends { mail: email } } }');
    expect(authorized.kind === 'cut' && authorized.denied).toEqual([{ coordinate: 'User.email', path: ['m', 'f', 'mail'] }]);
  });
});

describe('the answer', () => {
  test('has null and an error at every place in a list, in the order of the document', async () => {
    const text = '{ grid { secret ... on User { a: secret id } } version }';
    const data = { version: '1', grid: [[{ __typename: 'User', id: '1' }, null, { __typename: 'Note' }], []] };
    expect(JSON.stringify(await answer(text, data))).toBe(
      JSON.stringify({
        data: { grid: [[{ secret: null, a: null, id: '1' }, null, { secret: null }], []], version: '1' },
        errors: [denied('grid', 0, 0, 'secret'), denied('grid', 0, 0, 'a'), denied('grid', 0, 2, 'secret')],
      }),
    );
  });

  test('nulls the nearest nullable place around a field that cannot be null', async () => {
    expect(await answer('{ me { friends { id email } } version }', { version: '1', me: { friends: [{ id: '1' }, { id: '2' }] } })).toEqual({
      data: { me: null, version: '1' },
      errors: [denied('me', 'friends', 0, 'email')],
    });
  });

  test('has no error where there is no object, and none where a directive takes the field out', async () => {
    expect(await answer('{ me { email } }', { me: null })).toEqual({ data: { me: null }, errors: [] });
    const text = 'query($no: Boolean = true) { me { id email @skip(if: $no) } }';
    expect(await answer(text, { me: { id: '1' } })).toEqual({ data: { me: { id: '1' } }, errors: [] });
    expect((await answer(text, { me: { id: '1' } }, ANONYMOUS, { no: false })).errors).toEqual([denied('me', 'email')]);
  });

  test('shows nothing of an object whose type nobody told', async () => {
    for (const __typename of [undefined, 'Nothing', 'Card', '__proto__', 7])
      expect(await answer('{ node { ... on User { id secret } } }', { node: { __typename, id: 'canary' } })).toEqual({
        data: { node: null },
        errors: [denied('node')],
      });
  });

  test('takes names like __proto__ for what they are', async () => {
    const authorized = await authorize('{ __proto__: me { constructor: id __proto__: secret } }');
    if (authorized.kind !== 'cut') throw new Error(authorized.kind);
    const data = JSON.parse('{ "__proto__": { "constructor": "1", "__proto__": "canary" } }');
    const applied = applyDenials({ cut: authorized.cut, data, variables: {} });
    expect(JSON.stringify(applied.data)).toBe('{"__proto__":{"constructor":"1","__proto__":null}}');
    expect(({} as Record<string, unknown>)['constructor']).toBe(Object);
  });

  test('is null when execution gave nothing', async () => {
    expect(await answer('{ version count }', null)).toEqual({ data: null, errors: [] });
  });
});

describe('a mutation', () => {
  test('is refused whole when anything in it is unauthorised', async () => {
    const authorized = await authorize('mutation { t: touch { id friends { card { number } } } grant }', CUSTOMER);
    expect(authorized).toMatchObject({ kind: 'refused', denied: [{ coordinate: 'User.card' }, { coordinate: 'Mutation.grant' }] });
    expect(authorized.kind === 'refused' && authorized.errors.map(({ message, path }) => ({ message, path }))).toEqual([
      { message: 'Unauthorized field or type', path: ['t', 'friends'] },
      { message: 'Unauthorized field or type', path: ['grant'] },
    ]);
  });

  test('is done when what it may not have is taken out by a directive', async () => {
    const text = 'mutation($all: Boolean!) { touch { id email @include(if: $all) } }';
    expect(await left(text, ANONYMOUS, { all: false })).toBe('mutation { touch { id } }');
    expect((await authorize(text, ANONYMOUS, { all: true })).kind).toBe('refused');
  });
});

describe('the key', () => {
  const document = parse('{ me { email secret card { number } } vault { id } }');
  const keyFor = async (as: Identity, ...scopes: string[]): Promise<string> => (await authorize('', { ...as, scopes }, {}, document)).key;

  test('is shared by identities with the same cuts, and by no others', async () => {
    expect(await keyFor(CUSTOMER, 'a')).toBe(await keyFor(SERVICE, 'c', 'audit'));
    const keys = [
      await keyFor(ANONYMOUS),
      await keyFor(CUSTOMER),
      await keyFor(CUSTOMER, 'a'),
      await keyFor(CUSTOMER, 'admin'),
      await keyFor(STAFF, 'a', 'admin'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => key === 'allowed')).toEqual([keys.at(-1)]);
  });
});

describe('policies', () => {
  test('that are undecided deny, and one that decides lets pass', async () => {
    const text = '{ vault { id price } version }';
    expect(await left(text, CUSTOMER)).toBe('{ version }');
    expect(await left(text, STAFF)).toBe('{ vault { id price } version }');
  });
});

describe('an operation', () => {
  test('without protected fields costs next to nothing', async () => {
    const document = parse('{ me { id label friends { id label } } version }');
    const request = { rules, schema, document, operationName: undefined, variables: {}, identity: ANONYMOUS, policies };
    const authorized = authorizeOperation(request);
    expect(authorized).toMatchObject({ kind: 'allowed' });
    const rounds = 200_000;
    const started = process.cpuUsage();
    for (let round = 0; round < rounds; round += 1) if (authorizeOperation(request) !== authorized) throw new Error('not cached');
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / rounds).toBeLessThan(5);
  });

  test('that expands without end is refused', async () => {
    const bomb = Array.from(
      { length: 20 },
      (_, level) => `fragment F${level} on User { a: owner { ...F${level + 1} } b: owner { ...F${level + 1} } }`,
    );
    const text = `{ me { ...F0 } } ${bomb.join(' ')} fragment F20 on User { id }`;
    await expect(authorize(text)).rejects.toMatchObject({ extensions: { code: 'OPERATION_TOO_LARGE', http: { status: 400 } } });
    await expect(authorize('{ me { ...F } } fragment F on User { ...F }')).rejects.toThrow('cannot be spread');
  });

  test('is authorised anew with other rules', async () => {
    const document = parse('{ me { id } }');
    const closed = PROTECTED_SUPERGRAPH.replace('me: User', 'me: User @login');
    const again = { schema: buildSchema(closed), document, operationName: undefined, variables: {}, identity: ANONYMOUS, policies };
    expect(authorizeOperation({ ...again, rules })).toMatchObject({ kind: 'allowed' });
    expect(authorizeOperation({ ...again, rules: readAuthorizationRules(closed) })).toMatchObject({ kind: 'cut', document: undefined });
  });
});
