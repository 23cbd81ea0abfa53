import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BrokerError } from './broker-error.ts';
import type { BrokerKind } from './broker-kind.ts';
import { fetchJars, findJava, missingJavaPackages, readPom } from './install.ts';
import { probe } from './probe.ts';

const run = promisify(execFile);
const PORT = 4792;
const CONTROLLER_PORT = 4793;
const CLUSTER_ID = 'c3VwZXJncmFwaC10ZXN0cw';
const POM = readPom('kafka');
const CLASS_PATH = join(POM.jars, '*');

const settings = (folder: string, offset: number): string => {
  const broker = `PLAINTEXT://127.0.0.1:${PORT + offset}`;
  const controller = `127.0.0.1:${CONTROLLER_PORT + offset}`;
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `listeners=${broker},CONTROLLER://${controller}`,
    `advertised.listeners=${broker}`,
    'controller.listener.names=CONTROLLER',
    `controller.quorum.voters=1@${controller}`,
    `log.dirs=${join(folder, 'data')}`,
    'auto.create.topics.enable=false',
    // One node holds every copy, and few partitions of the internal topics start faster.
    ...['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic'].flatMap((topic) => [
      `${topic}.replication.factor=1`,
      `${topic}.num.partitions=4`,
    ]),
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    // After a kill the broker is let in again only when the session of the killed one has ended.
    'broker.session.timeout.ms=5000',
    'broker.heartbeat.interval.ms=500',
    'log.cleaner.dedupe.buffer.size=16777216',
    '',
  ].join('\n');
};

const LOGGING = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
];

// Metadata, version 1, of no topic, as correlation 1. A broker that does not serve yet is not in the answer's list of brokers.
const METADATA_REQUEST = Buffer.from('0000000e' + '0003' + '0001' + '00000001' + 'ffff' + '00000000', 'hex');
const BROKER_COUNT_AT = 8;

/** Kafka from Maven Central: one node that is broker and controller. It leaves flushing to the system, as Kafka does by default. */
export const kafka: BrokerKind = {
  name: 'kafka',
  title: `Kafka ${POM.version}`,
  variable: 'TEST_KAFKA_URL',
  keepsData: true,
  ports: [PORT, CONTROLLER_PORT],
  url: (offset) => `kafka://127.0.0.1:${PORT + offset}`,
  missingPackages: () => missingJavaPackages(POM),
  fetch: () => fetchJars(POM),
  isInstalled: () => existsSync(POM.jars) && findJava() !== undefined,
  prepare: async (folder, offset) => {
    const java = findJava() as string;
    const file = join(folder, 'server.properties');
    writeFileSync(file, settings(folder, offset));
    if (!existsSync(join(folder, 'data', 'meta.properties'))) {
      const format = ['-cp', CLASS_PATH, ...LOGGING, 'kafka.tools.StorageTool', 'format', '--cluster-id', CLUSTER_ID, '--config', file];
      await run(java, format).catch((cause: { stderr: string }) => {
        throw new BrokerError(`Kafka cannot make its data folder: ${cause.stderr.trim().split('\n').at(-1)}`, `delete ${folder}`, cause);
      });
    }
    return [{ file: java, args: ['-Xms128m', '-Xmx512m', '-XX:+UseG1GC', ...LOGGING, '-cp', CLASS_PATH, 'kafka.Kafka', file] }];
  },
  isAnswering: (offset) =>
    probe(PORT + offset, METADATA_REQUEST, (received) => received.length >= BROKER_COUNT_AT + 4 && received.readInt32BE(BROKER_COUNT_AT) > 0),
};
