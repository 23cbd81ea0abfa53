import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** Hive Laboratory's parts by file name: the page's script, the editor's workers (fetched when first needed). */
export const ASSET_NAMES = ['laboratory.js', 'editor.js', 'graphql.js', 'json.js', 'typescript.js'] as const;

export type AssetName = (typeof ASSET_NAMES)[number];

const require = createRequire(import.meta.url);

/** Changes when the assets do, so that their addresses can be cached for ever. */
export const ASSET_VERSION: string = JSON.parse(readFileSync(require.resolve('@graphql-hive/render-laboratory/package.json'), 'utf8')).version;

/**
 * The package is one module of 22 MB of strings. A worker loads and compresses it and goes away again, so that the
 * router's own memory holds only the 5 MB that it sends.
 */
const compress = (): Promise<ReadonlyMap<AssetName, Buffer>> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./compress-laboratory.ts', import.meta.url));
    worker.once('message', (assets: [AssetName, Uint8Array<ArrayBuffer>][]) =>
      resolve(new Map(assets.map(([name, bytes]) => [name, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]))),
    );
    worker.once('error', reject);
  });

let compressed: Promise<ReadonlyMap<AssetName, Buffer>> | undefined;

/** @returns the asset, gzip-compressed; all are made once, when the first is asked for. */
export const readAsset = async (name: AssetName): Promise<Buffer> => {
  compressed ??= compress();
  const asset = (await compressed).get(name);
  if (asset === undefined) throw new Error(`the explorer has no ${name}`);
  return asset;
};
