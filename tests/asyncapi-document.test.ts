import { readFileSync } from 'node:fs';
import { asyncApiDocument } from '@supergraph/events/asyncapi';
import { CONTRACTS } from '@supergraph/events/registry';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { asyncApiYaml, DOCUMENT_FILE } from './asyncapi-document.ts';

const text = readFileSync(DOCUMENT_FILE, 'utf8');

// That the document is valid AsyncAPI is shown beside what makes it, in packages/events/src/asyncapi.test.ts.
describe('docs/asyncapi.yaml', () => {
  test('is what the contracts say: when this fails, run `node tests/asyncapi-document.ts`', () => {
    expect(text).toBe(asyncApiYaml());
  });

  test('says in its first line how it is made', () => {
    expect(text.split('\n')[0]).toContain('`node tests/asyncapi-document.ts`');
  });

  test('has every contract and nothing else, found without reading YAML', () => {
    const addresses = [...text.matchAll(/^ {4}address: (.+)$/gm)].map(([, address]) => address);
    expect(addresses.length).toBeGreaterThan(10);
    expect(addresses).toEqual(CONTRACTS.map(({ type }) => type));
  });

  test.each(['1.1', '1.2'] as const)('means the same to readers of YAML %s: no text is taken for a time', (version) => {
    expect(parse(text, { version })).toEqual(asyncApiDocument());
  });
});
