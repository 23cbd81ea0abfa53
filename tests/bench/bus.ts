import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@supergraph/database/embedded-postgres';
import { type Measurement, measureBus } from './bus-measurement.ts';
import { formatTable, median } from './bus-table.ts';

/**
 * `npm run bench:bus [-- BROKER …]`: events per second from a commit to its effect in another process, over the embedded bus
 * and over each broker that a TEST_*_URL names (`npm run brokers` starts them). Exits 1 when the embedded bus is too slow.
 */
const TARGET_PER_SECOND = 2_000;
const ROUNDS = 3;
const LOAD = { warmUp: 2_000, steady: 3_000, steadyPerSecond: 500, full: 20_000 };
const EMBEDDED = 'postgres (embedded)';
const BROKERS = { amqp: 'TEST_AMQP_URL', kafka: 'TEST_KAFKA_URL', sqs: 'TEST_SQS_URL', redis: 'TEST_REDIS_URL' };

const env = process.env;
const write = (text: string): void => void process.stdout.write(`${text}\n`);

const chosen = process.argv.slice(2);
const isChosen = (name: string): boolean => chosen.length === 0 || chosen.some((word) => name.startsWith(word));
const folder = mkdtempSync(join(tmpdir(), 'supergraph-bench-bus-'));
const server = await startEmbeddedPostgres({ folder, port: 20_000 + Math.floor(Math.random() * 20_000), databases: [] });

try {
  const urls = new Map([[EMBEDDED, server.url('bus')]]);
  for (const [name, variable] of Object.entries(BROKERS)) urls.set(name, env[variable] ?? '');
  const wanted = [...urls].filter(([name]) => isChosen(name));
  const missing = wanted.filter(([, url]) => url === '').map(([name]) => name);
  const measured = new Map<string, Measurement[]>();

  write(`bench:bus on ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`);
  write(
    `${ROUNDS} rounds of ${LOAD.full} events at full speed and ${LOAD.steady} at ${LOAD.steadyPerSecond}/s; load before: ${loadavg()[0]?.toFixed(1)}`,
  );
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [name, url] of wanted.filter(([, known]) => known !== '')) {
      const result = await measureBus(server, { url, namespace: 'bench' }, LOAD);
      measured.set(name, [...(measured.get(name) ?? []), result]);
      write(`  round ${round}  ${name.padEnd(20)}${result.eventsPerSecond.toFixed(0).padStart(6)} events/s  load ${loadavg()[0]?.toFixed(1)}`);
    }
  }
  write(`\n${formatTable(measured, LOAD.steadyPerSecond)}`);
  for (const name of missing) write(`NOT MEASURED: ${name}: npm run brokers starts it`);

  const embedded = measured.get(EMBEDDED);
  if (embedded !== undefined) {
    const reached = median(embedded.map(({ eventsPerSecond }) => eventsPerSecond));
    const isReached = reached >= TARGET_PER_SECOND;
    write(`${isReached ? 'PASS' : 'FAIL'}  the embedded bus sustains ${reached.toFixed(0)} events/s; at least ${TARGET_PER_SECOND} are demanded`);
    if (!isReached) process.exitCode = 1;
  }
  if (missing.length > 0 && env['CI'] === 'true') process.exitCode = 1;
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
