import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../postgres.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { installPackage } from './install-package.ts';
import type { Federation } from './subgraphs.ts';

/** The gateways that the router is compared with have a package of their own: they bring 960 others. */
const PEERS = fileURLToPath(new URL('../peers', import.meta.url));

const ENGINE = fileURLToPath(new URL('./engine-process.ts', import.meta.url));

export const installPeers = (): void => installPackage(PEERS, 'the gateways to compare with');

export const peerVersion = (name: string): string =>
  (JSON.parse(readFileSync(join(PEERS, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;

export interface PeerOptions {
  federation: Federation;
  /** Its name, and the word under which its fetches are counted. */
  door: string;
  kind: 'apollo' | 'hive-js' | 'hive-rust' | 'engine' | 'bare-proxy';
  /** Whether identical operations that are on their way at once are executed once; Hive's only. */
  sharesOperations?: boolean;
  env?: NodeJS.ProcessEnv;
}

const argsOf = ({ kind, federation, door }: PeerOptions, port: number): string[] => {
  if (kind === 'bare-proxy') return [join(PEERS, 'bare-proxy.mjs'), federation.urlOf('accounts', door), String(port)];
  const supergraphFile = join(federation.folder, `${door}.graphql`);
  writeFileSync(supergraphFile, federation.supergraphOf(door));
  if (kind === 'engine') return [ENGINE, supergraphFile, String(port)];
  if (kind === 'apollo') return [join(PEERS, 'apollo-gateway.mjs'), supergraphFile, String(port)];
  const address = ['--host', '127.0.0.1', '--port', String(port), '--fork', '1'];
  const [bin, config] = [join(PEERS, 'node_modules/@graphql-hive/gateway/dist/bin.js'), join(PEERS, 'hive-gateway.config.mjs')];
  return [bin, 'supergraph', supergraphFile, '--config-path', config, ...address];
};

/** @throws Error with the peer's last words. */
export const startPeer = async (options: PeerOptions): Promise<GatewayProcess> => {
  const { door, kind, sharesOperations = false, env = {} } = options;
  const port = await freePort();
  return startGateway({
    name: door,
    args: argsOf(options, port),
    env: {
      ...process.env,
      NODE_ENV: 'production',
      APOLLO_TELEMETRY_DISABLED: '1',
      HIVE_RUNTIME: kind === 'hive-rust' ? 'rust' : 'js',
      HIVE_SHARES_OPERATIONS: String(sharesOperations),
      ...env,
    },
    url: `http://127.0.0.1:${port}/${kind.startsWith('hive') ? 'graphql' : ''}`,
  });
};
