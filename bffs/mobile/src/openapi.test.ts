import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { impossibleParts } from '@supergraph/bff/openapi-document';
import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import { VIEWS } from './views.ts';

const CONTRACT = new URL('../../../contracts/mobile.graphql', import.meta.url);

test('openapi.json is what the views answer, and the check says so', async () => {
  const { stderr } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('write-openapi.ts', import.meta.url)), '--check']);
  expect(stderr).toBe('');
});

test('what may be missing is asked for, and can be null', async () => {
  const schema = buildSchema(await readFile(CONTRACT, 'utf8'));
  expect(VIEWS.flatMap((view) => impossibleParts(schema, view))).toEqual([]);
  const [home] = VIEWS;
  const planted = { unitsSold: ['products.nodes.unitsSoldEver', 'products.nodes.price', 'products'] };
  expect(home && impossibleParts(schema, { ...home, mayBeMissing: planted })).toEqual(['products.nodes.unitsSoldEver', 'products.nodes.price']);
});
