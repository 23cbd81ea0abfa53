import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@supergraph/database/embedded-postgres';
import { median } from './bus-table.ts';
import { percentile } from './federation/load.ts';
import { startHouse, type Turn } from './webhooks-house.ts';

/**
 * `npm run bench:webhooks`: deliveries per second, and the time from an event on the bus to its receiver; then the same at a steady rate, in
 * turns with and without an endpoint that answers after 15 s. Exits 1 when that one raises the others' p99 by more than a tenth.
 */
const HEALTHY = 9;
const WARM_UP = 200;
const FULL = { rounds: 3, events: 500 };
const STEADY = { pairs: 15, events: 40, perSecond: 10 };
const MOST_RISE = 0.1;

const write = (text: string): void => void process.stdout.write(`${text}\n`);
const milliseconds = (value: number): string => value.toFixed(1);
const p99 = (latencies: readonly number[]): number => percentile(latencies, 0.99);
const told = (latencies: readonly number[]): string => `p50 ${milliseconds(percentile(latencies, 0.5))} ms, p99 ${milliseconds(p99(latencies))} ms`;

const folder = mkdtempSync(join(tmpdir(), 'supergraph-bench-webhooks-'));
const port = 20_000 + Math.floor(Math.random() * 20_000);
const server = await startEmbeddedPostgres({ folder, port, databases: ['webhooks', 'bus'] });

try {
  const house = await startHouse(server, HEALTHY);
  try {
    write(`bench:webhooks on ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`);
    write(`one dispatching process, ${HEALTHY} endpoints; load before: ${loadavg()[0]?.toFixed(1)}`);
    await house.setSlow(false);
    await house.run(WARM_UP);

    const full: Turn[] = [];
    for (let round = 1; round <= FULL.rounds; round++) {
      const turn = await house.run(FULL.events);
      full.push(turn);
      write(`  full speed, round ${round}: ${turn.deliveriesPerSecond.toFixed(0)} deliveries/s, ${turn.cpuPerDelivery.toFixed(2)} CPU-ms each`);
    }

    const without: number[][] = [];
    const beside: number[][] = [];
    for (let pair = 0; pair < STEADY.pairs; pair++) {
      // Now one first, now the other: what warms up or slows down over time is in both.
      for (const isThere of pair % 2 === 0 ? [false, true] : [true, false]) {
        await house.setSlow(isThere);
        const { latencies } = await house.run(STEADY.events, STEADY.perSecond);
        (isThere ? beside : without).push(latencies);
        write(`  steady, ${isThere ? 'a slow endpoint beside' : 'all healthy           '}: ${told(latencies)}`);
      }
    }
    // Of turns, not of all together: a turn in which the machine did something else counts once.
    const typical = (turns: readonly number[][]): number => median(turns.map(p99));
    const rise = typical(beside) / typical(without) - 1;
    const [odd, even] = [1, 0].map((rest) => typical(without.filter((_, index) => index % 2 === rest)));
    const noise = Math.abs((odd ?? 0) / (even ?? 0) - 1);

    write(`\n${median(full.map(({ deliveriesPerSecond }) => deliveriesPerSecond)).toFixed(0)} deliveries/s at full speed`);
    write(
      `at ${STEADY.perSecond * HEALTHY} deliveries/s, all healthy:           ${told(without.flat())}; median of the turns' p99 ${milliseconds(typical(without))} ms`,
    );
    write(
      `at ${STEADY.perSecond * HEALTHY} deliveries/s, a slow endpoint beside: ${told(beside.flat())}; median of the turns' p99 ${milliseconds(typical(beside))} ms`,
    );
    const isUntouched = rise <= MOST_RISE;
    write(
      `${isUntouched ? 'PASS' : 'FAIL'}  a slow endpoint changes the others' p99 by ${(100 * rise).toFixed(1)} % (between equal turns: ${(100 * noise).toFixed(1)} %); at most +${100 * MOST_RISE} % is allowed`,
    );
    if (!isUntouched) process.exitCode = 1;
  } finally {
    await house.close();
  }
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
