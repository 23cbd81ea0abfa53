import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readClients } from '@supergraph/cli/clients';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../world.ts';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

test('the id that README.md sends is in the manifest of partner-app', () => {
  const [, id = ''] = /"documentId":"(sha256:\w+)"/.exec(read('README.md')) ?? [];
  const manifest = JSON.parse(read('clients/partner-app/next.json')) as Record<string, string>;
  expect(manifest[id]).toMatch(/query Categories\(/);
});

test('the finding that CONTRIBUTING.md shows points at the field it names', () => {
  const [, field, file = '', line, column] = /Cannot query field "(\w+)" on type "\w+"\.\n\s+(\S+):(\d+):(\d+)/.exec(read('CONTRIBUTING.md')) ?? [];
  const found = read(file).split('\n')[Number(line) - 1];
  expect(found?.slice(Number(column) - 1)).toBe(field);
});

test('README.md names the contract of every client, and editors complete its operations from that contract', () => {
  const clients = readClients({ root: ROOT });
  const rows = [
    ...read('README.md').matchAll(/^\| `(\w+)` \| `http:\/\/localhost:4000\/\1\/graphql` \| \[contracts\/\1\.graphql\][^|]+ \| ([^|]+) \|$/gm),
  ];
  const { projects } = parse(read('.graphqlrc.yaml')) as { projects: Record<string, { schema: string; documents: string[] }> };
  expect(rows.length).toBeGreaterThan(2);
  for (const [, contract = '', cell = ''] of rows) {
    const own = clients.filter((client) => client.contract === contract);
    expect(cell.match(/[\w-]+/g)?.sort()).toEqual(own.map(({ name }) => name).sort());
    const { schema, documents } = projects[contract] ?? {};
    expect([schema, documents?.sort()]).toEqual([`contracts/${contract}.graphql`, own.map(({ operations }) => operations).sort()]);
  }
});
