import { describe, expect, test } from 'vitest';
import { type Category, move, newCategory, rename } from './category.ts';

const category = (slug: string, parentId?: string): Category => ({ id: `id of ${slug}`, slug, name: slug, parentId, version: 1 });
/** The way from a root down through `levels` categories. */
const path = (levels: number): Category[] => Array.from({ length: levels }, (_, level) => category(`level-${level + 1}`));
const invalid = (field: string) => expect.objectContaining({ code: 'CATEGORY_INVALID', kind: 'invalid', details: { field } });
const TOO_DEEP = expect.objectContaining({ code: 'CATEGORY_TOO_DEEP', kind: 'failed-precondition', details: { maximum: 10 } });

describe('a new category', () => {
  test('is a root without a parent, and else belongs to the last of the path', () => {
    expect(newCategory('1', { slug: 'lamps', name: ' Lamps ' }, [])).toEqual({
      id: '1',
      slug: 'lamps',
      name: 'Lamps',
      parentId: undefined,
      version: 1,
    });
    expect(newCategory('1', { slug: 'lamps', name: 'Lamps' }, [category('home'), category('light')]).parentId).toBe('id of light');
  });

  test('has a slug of lower-case words that fits into a URL', () => {
    for (const slug of ['a', '3', 'garden-lamps', 'a'.repeat(64)]) expect(newCategory('1', { slug, name: 'n' }, []).slug).toBe(slug);
    for (const slug of ['', 'Lamps', 'lamps ', 'a--b', '-a', 'a-', 'a_b', 'a/b', 'crème', 'a\n', 'a'.repeat(65)])
      expect(() => newCategory('1', { slug, name: 'n' }, []), JSON.stringify(slug)).toThrow(invalid('slug'));
  });

  test('has a name of 1 to 100 characters beside the spaces around it', () => {
    expect(newCategory('1', { slug: 'a', name: ` ${'n'.repeat(100)} ` }, []).name).toHaveLength(100);
    for (const name of ['', '   ', 'n'.repeat(101)]) expect(() => newCategory('1', { slug: 'a', name }, [])).toThrow(invalid('name'));
  });

  test('may stand on the tenth level, and on no deeper one', () => {
    expect(newCategory('1', { slug: 'a', name: 'n' }, path(9)).parentId).toBe('id of level-9');
    expect(() => newCategory('1', { slug: 'a', name: 'n' }, path(10))).toThrow(TOO_DEEP);
  });
});

describe('renaming', () => {
  const lamps = category('lamps', 'home');

  test('changes what is given and keeps the rest', () => {
    expect(rename(lamps, {})).toEqual(lamps);
    expect(rename(lamps, { name: ' Lights ' })).toEqual({ ...lamps, name: 'Lights' });
    expect(rename(lamps, { slug: 'lights' })).toEqual({ ...lamps, slug: 'lights' });
  });

  test('keeps the rules of a new one', () => {
    expect(() => rename(lamps, { slug: 'Lights' })).toThrow(invalid('slug'));
    expect(() => rename(lamps, { slug: '' })).toThrow(invalid('slug'));
    expect(() => rename(lamps, { name: ' ' })).toThrow(invalid('name'));
  });
});

describe('moving', () => {
  const lamps = category('lamps', 'home');

  test('puts a branch below another category, or makes it a root', () => {
    expect(move(lamps, [category('garden')], 1)).toEqual({ ...lamps, parentId: 'id of garden' });
    expect(move(lamps, [], 1)).toEqual({ ...lamps, parentId: undefined });
  });

  test('cannot put a category below itself or below anything that stands below it', () => {
    const cycle = expect.objectContaining({ code: 'CATEGORY_CYCLE', kind: 'failed-precondition' });
    expect(() => move(lamps, [category('home'), lamps], 1)).toThrow(cycle);
    expect(() => move(lamps, [category('home'), lamps, category('desk-lamps')], 2)).toThrow(cycle);
    expect(() => move(lamps, [lamps, category('desk-lamps')], 2)).toThrow("'lamps' cannot be moved below 'desk-lamps'");
  });

  test('counts the whole branch that moves, down to its lowest level', () => {
    expect(move(lamps, path(7), 3).parentId).toBe('id of level-7');
    expect(() => move(lamps, path(8), 3)).toThrow(TOO_DEEP);
  });
});
