import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerKind } from './broker-kind.ts';
import { probe } from './probe.ts';

const VERSION = '7.0.15';
const PORT = 4779;

const SERVER = 'redis-server';

const isInstalled = (): boolean => (spawnSync(SERVER, ['--version'], { encoding: 'utf8' }).stdout ?? '').includes(`v=${VERSION} `);

/** Redis from Debian. Its append-only file is flushed to disk before a write is acknowledged. */
export const redis: BrokerKind = {
  name: 'redis',
  title: `Redis ${VERSION}`,
  variable: 'TEST_REDIS_URL',
  keepsData: true,
  ports: [PORT],
  url: (offset) => `redis://127.0.0.1:${PORT + offset}`,
  missingPackages: () => (isInstalled() ? [] : [`redis-server=5:${VERSION}-*`, `redis-tools=5:${VERSION}-*`]),
  fetch: async () => undefined,
  isInstalled,
  prepare: async (folder, offset) => {
    const file = join(folder, 'redis.conf');
    const settings = [
      'bind 127.0.0.1',
      `port ${PORT + offset}`,
      `dir ${JSON.stringify(folder)}`,
      'daemonize no',
      'appendonly yes',
      'appendfsync always',
      'save ""',
      'maxmemory-policy noeviction',
    ];
    writeFileSync(file, `${settings.join('\n')}\n`);
    return [{ file: SERVER, args: [file] }];
  },
  // While it reads its file it says -LOADING.
  isAnswering: (offset) => probe(PORT + offset, 'PING\r\n', (received) => received.toString().startsWith('+PONG')),
};
