import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DOCUMENT_FILE, errorsDocument, readCatalogue, readCatalogues } from './errors-document.ts';
import { OTHER_ERRORS } from './other-errors.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const errors = readCatalogues();
const document = readFileSync(DOCUMENT_FILE, 'utf8');
const documented = [...document.matchAll(/^\| `([^`]+)` \|/gm)].map(([, code]) => code as string);
const sources = (pattern: string): string[] =>
  globSync(pattern, { cwd: ROOT, exclude: (name) => name.endsWith('.test.ts') || /(^|\/)(generated|testing)(\/|$)/.test(name) });

describe('docs/errors.md', () => {
  test('is what the catalogues say: when this fails, run `node tests/errors-document.ts`', () => {
    expect(document).toBe(errorsDocument(errors));
  });

  test('has every code that is made, found without reading the syntax', () => {
    const made = sources('{packages/*,subgraphs/*,webhooks}/src/**/*.ts').flatMap((file) =>
      [...readFileSync(`${ROOT}${file}`, 'utf8').matchAll(/new DomainError\(\s*'[^']+',\s*'([^']+)'/g)].map(([, code]) => code as string),
    );
    expect(made.length).toBeGreaterThan(25);
    expect(documented).toEqual(expect.arrayContaining(made));
  });

  test('has only codes that exist: each is made by a catalogue, or stands where the page says', () => {
    const known = new Set([...errors, ...OTHER_ERRORS].map(({ code }) => code));
    expect(documented.filter((code) => !known.has(code))).toEqual([]);
    for (const { code, file } of OTHER_ERRORS)
      if (file !== undefined) expect(readFileSync(`${ROOT}${file}`, 'utf8'), `${code} in ${file}`).toContain(`'${code}'`);
  });

  test('has every code that the doors and the HTTP server write themselves', () => {
    const problems = sources('{rest,webhooks,packages/service}/src/**/*.ts').flatMap((file) =>
      [...readFileSync(`${ROOT}${file}`, 'utf8').matchAll(/new HttpProblem\(\s*\d+,\s*'([A-Z_]+)'/g)].map(([, code]) => code as string),
    );
    expect(problems).toContain('NOT_ACCEPTABLE');
    expect(documented).toEqual(expect.arrayContaining(problems));
    const written = sources('{router,packages/service}/src/**/*.ts').flatMap((file) =>
      [...readFileSync(`${ROOT}${file}`, 'utf8').matchAll(/\bcode: (?:[^,{}]*\? )?'([A-Z_]+)'(?: : '([A-Z_]+)')?/g)].flatMap(([, one, other]) =>
        other === undefined ? [one as string] : [one as string, other],
      ),
    );
    expect(written).toEqual(expect.arrayContaining(['RATE_LIMITED', 'BAD_REQUEST', 'INTERNAL_SERVER_ERROR']));
    expect(documented).toEqual(expect.arrayContaining(written));
  });
});

describe('error codes', () => {
  test('are named subject first, in capitals', () => {
    for (const code of documented) expect(code).toMatch(/^[A-Z][A-Z0-9_]+$/);
  });

  test('mean one thing: none is made twice', () => {
    const all = [...errors, ...OTHER_ERRORS].map(({ code }) => code);
    expect(all.filter((code, index) => all.indexOf(code) !== index)).toEqual([]);
  });
});

describe('reading a catalogue', () => {
  test('keeps the message as a template, over several lines too', () => {
    const text = `
      export const lampBroken = (sku: string, parts: string[]) =>
        new DomainError(
          'conflict', "LAMP_BROKEN",
          \`Lamp '\${sku}' lacks \${parts.join(', ')}.\`, { sku },
        );
      export const noLamp = () => new DomainError('not-found', 'LAMP_NOT_FOUND', 'It\\'s dark | here.');`;
    const where = { room: 'subgraphs/lamp', file: 'subgraphs/lamp/src/domain/errors.ts' };
    expect(readCatalogue(where.file, text)).toEqual([
      { kind: 'conflict', code: 'LAMP_BROKEN', message: "Lamp '{sku}' lacks {parts}.", ...where },
      { kind: 'not-found', code: 'LAMP_NOT_FOUND', message: "It's dark | here.", ...where },
    ]);
    expect(errorsDocument(readCatalogue(where.file, text))).toContain(
      "| `LAMP_NOT_FOUND` | not-found | 404 | no | It's dark \\| here. | subgraphs/lamp |",
    );
  });

  test('refuses what it cannot read: a code that is computed, a kind nobody has', () => {
    expect(() => readCatalogue('a.ts', `\nnew DomainError('invalid', CODE, 'text')`)).toThrow('a.ts:2: kind, code and message');
    expect(() => readCatalogue('a.ts', `new DomainError('invalid')`)).toThrow('a.ts:1');
    expect(() => readCatalogue('a.ts', `new DomainError('gone', 'LAMP_GONE', 'text')`)).toThrow("there is no kind 'gone'");
  });
});
