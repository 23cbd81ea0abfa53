import { describe, expect, test } from 'vitest';
import { createVariablesLimit } from './variables-limit.ts';

const limit = createVariablesLimit();

/** Made by JSON.parse, as those of a request are: a deep one is no problem for it. */
const nested = (levels: number, open: string, close: string): unknown => JSON.parse(`${open.repeat(levels)}null${close.repeat(levels)}`);

const code = (variables: unknown, limited = limit): unknown => limited(variables)?.extensions['code'];

describe('the variables of a request', () => {
  test.each([
    ['none', undefined],
    ['null', null],
    ['empty', {}],
    ['a few', { id: '1', first: 20, filter: { and: [{ name: 'a' }, null, true] } }],
    ['prototype keys', JSON.parse('{"__proto__":{"a":1},"constructor":{}}')],
    ['50 levels', { a: nested(49, '[', ']') }],
    ['64 KiB', { a: 'x'.repeat(64 * 1024 - 8) }],
  ])('pass: %s', (_, variables) => {
    expect(limit(variables)).toBeUndefined();
  });

  test.each([
    ['more than 64 KiB', { a: 'x'.repeat(64 * 1024 - 7) }, 'MAX_VARIABLES_BYTES_LIMIT'],
    ['bytes, not characters', { a: 'é'.repeat(33 * 1024) }, 'MAX_VARIABLES_BYTES_LIMIT'],
    ['a key of 64 KiB', { ['x'.repeat(64 * 1024)]: 1 }, 'MAX_VARIABLES_BYTES_LIMIT'],
    ['a list of 40,000 numbers', { a: new Array(40_000).fill(1) }, 'MAX_VARIABLES_BYTES_LIMIT'],
    ['51 levels', { a: nested(51, '[', ']') }, 'MAX_DEPTH_LIMIT'],
    ['10k levels of a list', { a: nested(10_000, '[', ']') }, 'MAX_DEPTH_LIMIT'],
    ['10k levels of an object', { a: nested(10_000, '{"b":', '}') }, 'MAX_DEPTH_LIMIT'],
  ])('do not: %s', (_, variables, expected) => {
    const error = limit(variables);
    expect(error?.extensions).toMatchObject({ code: expected, http: { status: 400 } });
  });

  test.each([{}, { a: 'x', b: [1, 2.5, true, null, { c: [] }], d: { e: 'ü', f: -3 } }, [[], [[]], [{}], ['a']]])(
    'are measured as JSON.stringify writes them: %j',
    (variables) => {
      const bytes = Buffer.byteLength(JSON.stringify(variables));
      expect(code(variables, createVariablesLimit(bytes))).toBeUndefined();
      expect(code(variables, createVariablesLimit(bytes - 1))).toBe('MAX_VARIABLES_BYTES_LIMIT');
    },
  );

  test('can be without a limit', () => {
    expect(createVariablesLimit(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)(nested(10_000, '[', ']'))).toBeUndefined();
  });
});
