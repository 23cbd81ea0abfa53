import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BrokerError } from './broker-error.ts';
import type { BrokerKind, BrokerName } from './broker-kind.ts';
import { type BrokerPlace, checkPorts, end, isWhole, launch, ready, residentBytes, runningPids } from './broker-process.ts';
import { elasticmq } from './elasticmq.ts';
import { kafka } from './kafka.ts';
import { rabbitmq } from './rabbitmq.ts';
import { redis } from './redis.ts';

/** A real broker on this machine. It lives on when the process that started it ends, and any process may stop it. */
export interface Broker {
  readonly name: BrokerName;
  readonly title: string;
  readonly variable: string;
  readonly keepsData: boolean;
  readonly url: string;
  readonly logFile: string;
  isInstalled(): boolean;
  /** Debian packages to install, as apt-get takes them. */
  missingPackages(): readonly string[];
  /** Brings what does not come from Debian. @throws BrokerError when it cannot. */
  fetch(): Promise<void>;
  /** Resolves when it answers; at once when it already does. @throws BrokerError when it is not installed or does not come up. */
  start(): Promise<void>;
  /** Lets it finish what it was asked to do. Resolves when its processes are gone. */
  stop(): Promise<void>;
  /** SIGKILL. Resolves when its processes are gone. */
  kill(): Promise<void>;
  isAnswering(): Promise<boolean>;
  /** Its processes that run. */
  pids(): readonly number[];
  /** Resident memory in bytes. */
  memory(): number;
}

const KINDS: readonly BrokerKind[] = [rabbitmq, redis, kafka, elasticmq];
export const BROKER_NAMES: readonly BrokerName[] = KINDS.map(({ name }) => name);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const createBroker = (kind: BrokerKind, root: string, offset: number): Broker => {
  const { name, title, variable, keepsData } = kind;
  const folder = join(root, name);
  const place: BrokerPlace = { title, folder, pidFile: `${folder}.pid`, logFile: join(folder, 'server.log') };
  const isAnswering = (): Promise<boolean> => kind.isAnswering(offset);
  return {
    name,
    title,
    variable,
    keepsData,
    url: kind.url(offset),
    logFile: place.logFile,
    isInstalled: kind.isInstalled,
    missingPackages: kind.missingPackages,
    fetch: kind.fetch,
    start: async () => {
      if (!kind.isInstalled()) throw new BrokerError(`${title} is not installed`, 'npm run brokers installs it');
      if (!isWhole(place)) {
        await end(place, 'SIGKILL');
        await checkPorts(
          place,
          kind.ports.map((port) => port + offset),
        );
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        launch(place, await kind.prepare(folder, offset));
      }
      await ready(place, isAnswering);
    },
    stop: () => end(place, 'SIGTERM'),
    kill: () => end(place, 'SIGKILL'),
    isAnswering,
    pids: () => runningPids(place),
    memory: () => runningPids(place).reduce((sum, pid) => sum + residentBytes(pid), 0),
  };
};

const readOffset = (): number => {
  const offset = Number(process.env['PORT_OFFSET'] || 0);
  if (!Number.isInteger(offset)) throw new BrokerError(`PORT_OFFSET is '${process.env['PORT_OFFSET']}'`, 'set it to a whole number, or unset it');
  return offset;
};

/**
 * The brokers of this checkout. `PORT_OFFSET` moves their ports and gives them data of their own.
 * @throws BrokerError when it is no number.
 */
export const createBrokers = (offset = readOffset()): Readonly<Record<BrokerName, Broker>> => {
  const root = join(ROOT, '.data', offset === 0 ? 'brokers' : `brokers-${offset}`);
  return Object.fromEntries(KINDS.map((kind) => [kind.name, createBroker(kind, root, offset)])) as Record<BrokerName, Broker>;
};
