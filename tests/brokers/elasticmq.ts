import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerKind } from './broker-kind.ts';
import { fetchJars, findJava, missingJavaPackages, readPom } from './install.ts';

const PORT = 4724;
const PROBE_DEADLINE_MS = 2_000;
const POM = readPom('elasticmq');

/** ElasticMQ from Maven Central speaks the protocol of Amazon SQS. It keeps everything in memory: queues are gone after a stop. */
export const elasticmq: BrokerKind = {
  name: 'sqs',
  title: `ElasticMQ ${POM.version}`,
  variable: 'TEST_SQS_URL',
  keepsData: false,
  ports: [PORT],
  url: (offset) => `sqs://127.0.0.1:${PORT + offset}`,
  missingPackages: () => missingJavaPackages(POM),
  fetch: () => fetchJars(POM),
  isInstalled: () => existsSync(POM.jars) && findJava() !== undefined,
  prepare: async (folder, offset) => {
    const file = join(folder, 'elasticmq.conf');
    const settings = [
      'include classpath("application.conf")',
      // Queue URLs name the host that the client asked.
      'node-address { protocol = http, host = "*", context-path = "" }',
      `rest-sqs { enabled = true, bind-hostname = "127.0.0.1", bind-port = ${PORT + offset}, sqs-limits = strict }`,
      'rest-stats.enabled = false',
    ];
    writeFileSync(file, `${settings.join('\n')}\n`);
    const args = ['-Xms64m', '-Xmx256m', `-Dconfig.file=${file}`, '-cp', join(POM.jars, '*'), 'org.elasticmq.server.Main'];
    return [{ file: findJava() as string, args }];
  },
  isAnswering: async (offset) => {
    const body = new URLSearchParams({ Action: 'ListQueues', Version: '2012-11-05' });
    try {
      const response = await fetch(`http://127.0.0.1:${PORT + offset}/`, { method: 'POST', body, signal: AbortSignal.timeout(PROBE_DEADLINE_MS) });
      return (await response.text()).includes('ListQueuesResponse');
    } catch {
      return false;
    }
  },
};
