import { isUnchanged } from '@supergraph/service/entity-tag';
import { describe, expect, test } from 'vitest';
import { entityTag, expectedVersion } from './preconditions.ts';

const status = (statusCode: number) => expect.objectContaining({ statusCode });

describe('an entity tag', () => {
  test('differs with the version and with every byte, and has no version where there is none', () => {
    expect(entityTag(3, 'body')).toMatch(/^"3\.[\w-]{16}"$/);
    expect(new Set([entityTag(3, 'body'), entityTag(4, 'body'), entityTag(3, 'bodY'), entityTag(undefined, 'body')]).size).toBe(4);
    expect(entityTag(undefined, 'body')).toMatch(/^"[\w-]{16}"$/);
  });

  test('is found in a list, weak or not, and by *', () => {
    const tag = entityTag(1, 'x');
    for (const header of [tag, `W/${tag}`, `"a", ${tag}`, '*']) expect(isUnchanged(header, tag), header).toBe(true);
    for (const header of [undefined, '"a"', tag.slice(1, -1)]) expect(isUnchanged(header, tag), header).toBe(false);
  });
});

describe('If-Match', () => {
  test('gives the version of a tag of ours, and any for * or where it may be missing', () => {
    expect(expectedVersion(entityTag(12, 'x'), true)).toBe(12);
    expect(expectedVersion('"12.abc", "12.def"', true)).toBe(12);
    expect(expectedVersion('*', true)).toBeUndefined();
    expect(expectedVersion(undefined, false)).toBeUndefined();
  });

  test('that is missing is 428, that can never match 412, that names several states 400', () => {
    expect(() => expectedVersion(undefined, true)).toThrow(status(428));
    for (const header of ['', '"abc"', 'W/"1.abc"', '1', '"-1.abc"', `"${'9'.repeat(20)}.abc"`, '"4294967297.abc"', entityTag(undefined, 'x')])
      expect(() => expectedVersion(header, true), header).toThrow(status(412));
    expect(() => expectedVersion('"1.a", "2.a"', true)).toThrow(status(400));
  });
});
