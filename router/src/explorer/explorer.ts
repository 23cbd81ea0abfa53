import { gunzipSync } from 'node:zlib';
import type { Logger } from '@supergraph/service/logging';
import type { FastifyInstance } from 'fastify';
import type { MountGraphql } from '../door/graphql-door.ts';
import { assetPath, renderExplorerPage } from './explorer-page.ts';
import { ASSET_NAMES, readAsset } from './laboratory-assets.ts';
import { readOperationCollections } from './operation-collections.ts';

interface ExplorerOptions {
  operationFolders: readonly string[];
  logger: Logger;
  /** Names of the contracts, to which the page has links. */
  contracts?: () => readonly string[];
  /** Serves GraphQL at `/` too, where Apollo Sandbox looks first. */
  mountGraphql: MountGraphql;
}

const YEAR_SECONDS = 31_536_000;

/** The development explorer at `/`: needs no internet, reads the operation files again on every visit. */
export const addExplorer = (http: FastifyInstance, { operationFolders, logger, contracts = () => [], mountGraphql }: ExplorerOptions): void => {
  http.get('/', async (_request, reply) => {
    const operations = await readOperationCollections(operationFolders);
    for (const problem of operations.problems) logger.warn(`operation left out of the explorer: ${problem}`);
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(renderExplorerPage(operations, contracts()));
  });
  mountGraphql('/', ['POST']);
  http.get('/sandbox', (_request, reply) => reply.redirect('/graphql'));
  for (const name of ASSET_NAMES) {
    http.get(assetPath(name), async (request, reply) => {
      const asset = await readAsset(name);
      reply
        .type('text/javascript; charset=utf-8')
        .header('cache-control', `public, max-age=${YEAR_SECONDS}, immutable`)
        .header('vary', 'accept-encoding');
      return /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
        ? reply.header('content-encoding', 'gzip').send(asset)
        : reply.send(gunzipSync(asset));
    });
  }
};
