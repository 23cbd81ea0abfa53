import { promisify } from 'node:util';
import { parentPort } from 'node:worker_threads';
import { gzip } from 'node:zlib';
import { editorWorkerService, graphqlWorker, js, jsonWorker, typescriptWorker } from '@graphql-hive/render-laboratory/laboratory';
import type { AssetName } from './laboratory-assets.ts';

const assets: Record<AssetName, string> = {
  'laboratory.js': js,
  'editor.js': editorWorkerService,
  'graphql.js': graphqlWorker,
  'json.js': jsonWorker,
  'typescript.js': typescriptWorker,
};

parentPort?.postMessage(
  await Promise.all(Object.entries(assets).map(async ([name, content]) => [name, new Uint8Array(await promisify(gzip)(content))])),
);
