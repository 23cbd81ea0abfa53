import { readFile, writeFile } from 'node:fs/promises';
import { ANONYMOUS_IDENTITY } from '@supergraph/identity/identity';
import { createLogger } from '@supergraph/service/logging';
import { createApi } from '../api.ts';

const FILE = new URL('../../openapi.json', import.meta.url);

const unused = (): never => {
  throw new Error('only the document is made here');
};

/** The document as it is served. */
const documentNow = async (): Promise<string> => {
  const http = await createApi({
    logger: createLogger('openapi', 'silent'),
    readiness: async () => undefined,
    verify: async () => ANONYMOUS_IDENTITY,
    count: async () => undefined,
    clients: { forRequest: unused, close: () => undefined },
    operations: { begin: unused, find: unused },
    secret: 'unused',
  });
  await http.ready();
  const document = JSON.stringify(http.swagger(), null, 2);
  await http.close();
  return `${document}\n`;
};

// `node rest/src/openapi/write-openapi.ts` writes rest/openapi.json; with --check it only says whether that is fresh.
const document = await documentNow();
if (!process.argv.includes('--check')) await writeFile(FILE, document);
else if ((await readFile(FILE, 'utf8').catch(() => '')) !== document) {
  process.stderr.write('✗ rest/openapi.json is not what rest serves\n  → node rest/src/openapi/write-openapi.ts\n');
  process.exitCode = 1;
}
