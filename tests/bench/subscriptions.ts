import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childrenOf, commandOf } from '../checkout.ts';
import { freePort, setup } from '../postgres.ts';
import { STREAM_KINDS, type StreamKind } from '../stream-client.ts';
import { startWorld, type World } from '../world.ts';
import { percentile } from './federation/load.ts';
import { type Inspector, inspect } from './inspector.ts';
import { cpuMilliseconds, residentBytes } from './processes.ts';
import { createSubscribers } from './subscribers.ts';
import type { PublisherOrder, PublisherReport } from './subscriptions-plan.ts';

/**
 * `npm run bench:subscriptions`: 5,000 open subscriptions on one router process, half over WebSocket, half as server-sent events, each on one
 * order; what each takes of memory, and how soon an event that concerns one of them is there while 2,000 a second pass by that concern nobody.
 * The whole graph runs as processes, the bus is the embedded one. Exits 1 when p99 is 50 ms or more, or anything is lost or strays.
 */
const STAFF = 'staff@example.com';
const EACH = 2_500;
const WARM_UP = 200;
const AT_A_TIME = 50;
const PASSING_PER_SECOND = 2_000;
const PER_SECOND = 20;
const WARM_UP_EVENTS = 60;
const EVENTS = 600;
const TURNS = 10;
const MOST_P99_MS = 50;
const SETTLE_MS = 3_000;
const PUBLISHER = fileURLToPath(new URL('subscriptions-publisher.ts', import.meta.url));
const QUERY = 'subscription ($number: String!) { order: orderStatusChanged(number: $number) { number status total { amount } customer { name } } }';

const write = (text: string): void => void process.stdout.write(`${text}\n`);
const kilobytes = (bytes: number): string => `${(bytes / 1_024).toFixed(1)} KB`;

let failed = false;
const judge = (isKept: boolean, promise: string): void => {
  write(`${isKept ? 'PASS' : 'FAIL'}  ${promise}`);
  failed ||= !isKept;
};

const readNumbers = async ({ rooms }: World, count: number): Promise<string[]> => {
  const rows = await rooms.order.database.database.query<{ number: string }>('select number from orders where customer_id is not null limit $1', [
    count,
  ]);
  if (rows.length < count) throw new Error(`there are ${rows.length} orders, not ${count}`);
  return rows.map(({ number }) => number);
};

const routerPid = (): number => {
  const found = childrenOf(process.pid).find((pid) => commandOf(pid).includes('router/src/main.ts'));
  if (found === undefined) throw new Error('there is no router');
  return found;
};

const publish = async (order: PublisherOrder): Promise<PublisherReport> => {
  const child = fork(PUBLISHER, [JSON.stringify(order)], { execArgv: [] });
  const [report] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [undefined])])) as [PublisherReport | undefined];
  if (report === undefined) throw new Error('the publishing process ended');
  return report;
};

const measure = async (world: World, inspector: Inspector, pid: number): Promise<void> => {
  const numbers = await readNumbers(world, 2 * EACH);
  const subscribers = createSubscribers(`${world.url}/graphql`, QUERY, await world.signIn(STAFF));
  const openAll = async (kind: StreamKind, wanted: readonly string[], into = subscribers): Promise<void> => {
    for (let at = 0; at < wanted.length; at += AT_A_TIME)
      await Promise.all(wanted.slice(at, at + AT_A_TIME).map((number) => into.open(kind, number)));
  };
  const memory = async (): Promise<{ heap: number; resident: number }> => {
    await sleep(SETTLE_MS);
    return { heap: await inspector.collectGarbage(), resident: residentBytes(pid) };
  };

  const first = createSubscribers(`${world.url}/graphql`, QUERY, await world.signIn(STAFF));
  for (const kind of STREAM_KINDS) await openAll(kind, numbers.slice(0, WARM_UP), first);
  first.close();
  let before = await memory();
  write(`  router without subscriptions: ${(before.resident / 1_048_576).toFixed(0)} MB`);
  for (const [index, kind] of STREAM_KINDS.entries()) {
    const begun = performance.now();
    await openAll(kind, numbers.slice(index * EACH, (index + 1) * EACH));
    const seconds = (performance.now() - begun) / 1_000;
    const after = await memory();
    const [resident, heap] = [after.resident - before.resident, after.heap - before.heap].map((bytes) => kilobytes(bytes / EACH));
    write(`  ${EACH} over ${kind}, opened in ${seconds.toFixed(1)} s: ${resident} of memory (RSS after garbage collection) each, ${heap} of it heap`);
    before = after;
  }
  judge(subscribers.size() === 2 * EACH, `${subscribers.size()} subscriptions are open`);

  // Now one kind, now the other.
  const pick = (index: number): string => numbers[(index % 2) * EACH + ((index * 37) % EACH)] ?? '';
  const picked = (from: number, count: number): string[] => Array.from({ length: count }, (_, index) => pick(from + index));
  const busUrl = world.env.MESSAGE_BUS_URL;
  await publish({ busUrl, concerned: picked(0, WARM_UP_EVENTS), perSecond: PER_SECOND, passingPerSecond: PASSING_PER_SECOND });
  await sleep(SETTLE_MS);
  const warm = subscribers.received.length;
  const cpuBefore = cpuMilliseconds(pid);
  const concerned = picked(WARM_UP_EVENTS, EVENTS);
  const report = await publish({ busUrl, concerned, perSecond: PER_SECOND, passingPerSecond: PASSING_PER_SECOND });
  const cpu = (cpuMilliseconds(pid) - cpuBefore) / 10 / report.seconds;
  await sleep(SETTLE_MS);

  const published = new Map(report.published);
  const received = subscribers.received.slice(warm);
  const latencies = received.map(({ number, at }) => at - (published.get(number) ?? 0));
  const shown = (kind?: StreamKind): string => {
    const those = latencies.filter((_, index) => kind === undefined || received[index]?.kind === kind);
    return `p50 ${percentile(those, 0.5).toFixed(1)} ms, p99 ${percentile(those, 0.99).toFixed(1)} ms (${those.length} events)`;
  };
  write(
    `  ${(report.passed / report.seconds).toFixed(0)} events a second passed by; the router took ${cpu.toFixed(0)} % of a core; load ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const kind of STREAM_KINDS) write(`  from publish to receipt over ${kind}: ${shown(kind)}`);
  judge(received.length === EVENTS && warm === WARM_UP_EVENTS, `${received.length} of ${EVENTS} events were received, once each`);
  judge(
    subscribers.received.every(({ number, order }) => number === order),
    'each by the one it concerns, whole',
  );
  judge(
    subscribers.ended.length === 0,
    `no subscription has ended${subscribers.ended.length === 0 ? '' : `: ${subscribers.ended.slice(0, 3).join('; ')}`}`,
  );
  // Of a machine that did something else for a while this tells more than the whole.
  const turns = Array.from({ length: TURNS }, (_, turn) => latencies.slice((turn * EVENTS) / TURNS, ((turn + 1) * EVENTS) / TURNS));
  write(`  p99 of ${TURNS} turns of ${EVENTS / TURNS} events: ${turns.map((turn) => percentile(turn, 0.99).toFixed(0)).join(', ')} ms`);
  judge(percentile(latencies, 0.99) < MOST_P99_MS, `an event that concerns one of ${2 * EACH}: ${shown()}; p99 has to be under ${MOST_P99_MS} ms`);
  subscribers.close();
};

write(`bench:subscriptions on ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`);
write(`  load before: ${loadavg()[0]?.toFixed(1)}`);
const folder = mkdtempSync(join(tmpdir(), 'supergraph-bench-subscriptions-'));
const settings = join(folder, 'router.yaml');
// One caller opens all of them.
writeFileSync(settings, `rateLimits: { enabled: false }\nsubscriptions: { max: ${3 * EACH} }\n`);
const port = await freePort();
process.env['ROUTER_SETTINGS'] = settings;
process.env['NODE_OPTIONS'] = `--inspect-port=127.0.0.1:${port}`;
const teardown = await setup();
try {
  const world = await startWorld();
  try {
    const pid = routerPid();
    const inspector = await inspect(pid, port);
    await measure(world, inspector, pid);
    inspector.close();
  } finally {
    await world.stop();
  }
} finally {
  await teardown();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
