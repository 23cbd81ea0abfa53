import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { createLogger } from '@supergraph/service/logging';
import { runProcess } from '@supergraph/service/process';
import { createSubgraphServer } from '@supergraph/service/subgraph-server';
import { buildASTSchema, parse } from 'graphql';
import { mockResolvers } from './mock-resolvers.ts';

// Stands in for a subgraph: mock-subgraph.ts NAME SCHEMA_FILE, with the port and the internal key that the subgraph would be told.
const [name = '', schemaFile = ''] = process.argv.slice(2);

await runProcess(name, async () => {
  const prefix = name.toUpperCase().replaceAll('-', '_');
  const schema = buildASTSchema(parse(readFileSync(schemaFile, 'utf8')), { assumeValid: true });
  const app = await createSubgraphServer({
    name,
    schemaFile: pathToFileURL(schemaFile),
    resolvers: mockResolvers(schema),
    context: () => ({}),
    internalKey: process.env[`${prefix}_INTERNAL_KEY`] ?? '',
    logger: createLogger(name, 'info'),
    readiness: async () => undefined,
    release: async () => undefined,
  });
  await app.listen(process.env['HOST'] || '127.0.0.1', Number(process.env[`${prefix}_PORT`]));
  return app;
});
