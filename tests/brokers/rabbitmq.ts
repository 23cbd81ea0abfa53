import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerKind } from './broker-kind.ts';
import { probe } from './probe.ts';

const VERSION = '3.10.8';
const PORT = 4772;
const DISTRIBUTION_PORT = 4775;
const EPMD_PORT = 4769;
// Debian's own /usr/sbin/rabbitmq-server insists on the user rabbitmq and on /var/lib/rabbitmq; this is what it calls.
const SERVER = `/usr/lib/rabbitmq/lib/rabbitmq_server-${VERSION}/sbin/rabbitmq-server`;
const PROTOCOL_HEADER = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1');
const METHOD_FRAME = 1;

const isInstalled = (): boolean => existsSync(SERVER);

/** RabbitMQ from Debian, with the port mapper of Erlang as a process of its own. */
export const rabbitmq: BrokerKind = {
  name: 'rabbitmq',
  title: `RabbitMQ ${VERSION}`,
  variable: 'TEST_AMQP_URL',
  keepsData: true,
  ports: [PORT, DISTRIBUTION_PORT, EPMD_PORT],
  url: (offset) => `amqp://guest:guest@127.0.0.1:${PORT + offset}`,
  missingPackages: () => (isInstalled() ? [] : [`rabbitmq-server=${VERSION}-*`]),
  fetch: async () => undefined,
  isInstalled,
  prepare: async (folder, offset) => {
    const settings = [
      `listeners.tcp.1 = 127.0.0.1:${PORT + offset}`,
      'log.console = true',
      'log.console.level = warning',
      'log.file = false',
      'vm_memory_high_watermark.absolute = 2GB',
      'disk_free_limit.absolute = 200MB',
      // Quorum queues keep this much of their log in memory; the default is 512 MB.
      'raft.wal_max_size_bytes = 67108864',
    ];
    writeFileSync(join(folder, 'rabbitmq.conf'), `${settings.join('\n')}\n`);
    // How long a retry that a crash of the broker caught between two queues stays there; the default is 180 s.
    writeFileSync(join(folder, 'advanced.config'), '[{rabbit, [{dead_letter_worker_publisher_confirm_timeout, 5000}]}].\n');
    writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
    const erlang = { HOME: folder, ERL_EPMD_PORT: String(EPMD_PORT + offset), ERL_EPMD_ADDRESS: '127.0.0.1' };
    const server = {
      ...erlang,
      ERL_CRASH_DUMP: join(folder, 'erl_crash.dump'),
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_NODENAME: `supergraph-${PORT + offset}@localhost`,
      RABBITMQ_DIST_PORT: String(DISTRIBUTION_PORT + offset),
      RABBITMQ_MNESIA_BASE: join(folder, 'data'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      // Makes the script become the server instead of waiting for it, so that signals reach the server.
      RUNNING_UNDER_SYSTEMD: 'true',
    };
    return [
      { file: 'epmd', args: ['-address', '127.0.0.1', '-port', String(EPMD_PORT + offset)], env: erlang },
      { file: SERVER, args: [], env: server },
    ];
  },
  isAnswering: (offset) => probe(PORT + offset, PROTOCOL_HEADER, (received) => received[0] === METHOD_FRAME),
};
