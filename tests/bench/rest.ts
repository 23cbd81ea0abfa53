import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { setup } from '../postgres.ts';
import { onceHeaders, sendExpecting } from '../rest/rest-client.ts';
import { type RestWorld, startRestWorld } from '../rest/rest-world.ts';
import { bearer } from '../world.ts';
import { percentile } from './federation/load.ts';
import { medianWithRange } from './federation/rounds.ts';
import { processesOf } from './processes.ts';
import { createRestLoad, type PreparedRequest, type RestLoad } from './rest-load.ts';

/**
 * `npm run bench:rest`: one order through REST against the same fields of it through GraphQL, in turns, by several customers who read their
 * own. Exits 1 when REST takes more CPU time of all processes together than GraphQL.
 */
const TABLES = [
  { concurrency: 1, requests: 400 },
  { concurrency: 16, requests: 800 },
];
const ROUNDS = 9;
const WARM_UP = { rounds: 3, requests: 1_000, concurrency: 16 };
/** So many that nobody comes to a rate limit. */
const CUSTOMERS = [17850, 13047, 12583, 13748, 15100, 15291, 14688, 17809];
/** What is still done after the last answer of a turn belongs to it. */
const SETTLE_MS = 150;
const PAYMENT_DEADLINE_MS = 30_000;
const QUERY = `query ($number: String!) {
  order(number: $number) { id number status placedAt total { amount currency } customerName customer { id } payment { status } }
}`;

interface Order {
  number: string;
  token: string;
}

interface Side {
  name: string;
  /** The process that only this side needs. */
  door: 'rest' | 'router';
  load: RestLoad;
}

interface Measurement {
  perSecond: number;
  latencies: number[];
  /** CPU milliseconds a request, of all processes and by process. */
  cpu: Record<'all' | 'door' | 'order' | 'postgres', number>;
}

const write = (text: string): void => void process.stdout.write(`${text}\n`);

const payAnOrder = async ({ restUrl, signIn }: RestWorld, customer: number): Promise<Order> => {
  const token = await signIn(`customer-${customer}@example.com`);
  const send = (status: number, method: string, path: string, body?: unknown) =>
    sendExpecting(status, restUrl, { method, path, token, body, headers: method === 'POST' ? onceHeaders() : {} });
  const { body } = await send(201, 'POST', '/orders', { items: [{ sku: '85123A', quantity: 2 }] });
  const number = String(body['number']);
  await send(200, 'POST', `/orders/${number}/pay`);
  const deadline = Date.now() + PAYMENT_DEADLINE_MS;
  while ((await send(200, 'GET', `/orders/${number}`)).body['status'] !== 'PAID') {
    if (Date.now() > deadline) throw new Error(`order ${number} is not paid`);
    await sleep(100);
  }
  return { number, token };
};

const expectPaid = (order: Record<string, unknown> | undefined, number: string): void => {
  const { customerName, status } = order ?? {};
  if (order?.['number'] !== number || status !== 'PAID' || typeof customerName !== 'string')
    throw new Error(`not order ${number}: ${JSON.stringify(order)}`);
};

const throughRest = ({ restUrl }: RestWorld, { number, token }: Order): PreparedRequest => ({
  url: new URL(`/orders/${number}`, restUrl),
  method: 'GET',
  headers: { accept: 'application/hal+json', ...bearer(token) },
  check: (body) => {
    expectPaid(body as Record<string, unknown>, number);
    if ((body as Record<string, unknown>)['paymentStatus'] !== 'SETTLED') throw new Error(`no payment: ${JSON.stringify(body)}`);
  },
});

const throughGraphQL = ({ url }: RestWorld, { number, token }: Order): PreparedRequest => {
  const body = JSON.stringify({ query: QUERY, variables: { number } });
  return {
    url: new URL('/graphql', url),
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), ...bearer(token) },
    body,
    check: (answer) => {
      const { data } = answer as { data?: { order?: Record<string, unknown> & { payment?: { status: string } } } };
      expectPaid(data?.order, number);
      if (data?.order?.payment?.status !== 'SETTLED') throw new Error(`no payment: ${JSON.stringify(answer)}`);
    },
  };
};

const measure = async ({ door, load }: Side, requests: number, concurrency: number): Promise<Measurement> => {
  const processes = processesOf(process.pid);
  const before = processes.cpu();
  const begun = performance.now();
  const latencies = await load.run(requests, concurrency);
  const seconds = (performance.now() - begun) / 1_000;
  await sleep(SETTLE_MS);
  const after = processes.cpu();
  const used = (name: string): number => ((after.get(name) ?? 0) - (before.get(name) ?? 0)) / requests;
  // This process makes the load and is not part of either side.
  const all = [...after.keys()].filter((name) => name !== 'start').reduce((sum, name) => sum + used(name), 0);
  return { perSecond: requests / seconds, latencies, cpu: { all, door: used(door), order: used('order'), postgres: used('postgres') } };
};

const measureRound = async (sides: readonly Side[], round: number, table: (typeof TABLES)[number]): Promise<Map<Side, Measurement>> => {
  const measured = new Map<Side, Measurement>();
  for (const side of round % 2 === 0 ? sides : sides.toReversed()) measured.set(side, await measure(side, table.requests, table.concurrency));
  return measured;
};

const writeTable = (sides: readonly Side[], rounds: readonly Map<Side, Measurement>[]): void => {
  write('                requests/s    p50 ms    p99 ms   CPU ms/request: all     door    order  PostgreSQL');
  for (const side of sides) {
    const of = rounds.flatMap((round) => round.get(side) ?? []);
    const middle = (pick: (measured: Measurement) => number): number => medianWithRange(of.map(pick)).median;
    const latencies = of.flatMap((measured) => measured.latencies);
    const cells = [
      middle(({ perSecond }) => perSecond)
        .toFixed(0)
        .padStart(12),
      ...[0.5, 0.99].map((share) => percentile(latencies, share).toFixed(2).padStart(10)),
      ...[22, 9, 9, 12].map((width, index) =>
        middle(({ cpu }) => [cpu.all, cpu.door, cpu.order, cpu.postgres][index] ?? 0)
          .toFixed(2)
          .padStart(width),
      ),
    ];
    write(`  ${side.name.padEnd(12)}${cells.join('')}`);
  }
};

const judge = (sides: readonly Side[], rounds: readonly Map<Side, Measurement>[], concurrency: number): boolean => {
  write(`\nC=${concurrency}, medians of ${rounds.length} rounds`);
  writeTable(sides, rounds);
  const [rest, graphql] = sides as [Side, Side];
  const ratios = rounds.map((round) => (round.get(rest)?.cpu.all ?? Number.NaN) / (round.get(graphql)?.cpu.all ?? Number.NaN));
  const { median, low, high } = medianWithRange(ratios);
  const isCheap = median <= 1;
  write(
    `${isCheap ? 'PASS' : 'FAIL'}  REST takes ${median.toFixed(2)} times the CPU of GraphQL (95 %: ${low.toFixed(2)} to ${high.toFixed(2)}); at most 1 is allowed`,
  );
  return isCheap;
};

const bench = async (world: RestWorld): Promise<boolean> => {
  const orders: Order[] = [];
  for (const customer of CUSTOMERS) orders.push(await payAnOrder(world, customer));
  const most = Math.max(...TABLES.map(({ concurrency }) => concurrency));
  const sideOf = (name: string, door: Side['door'], through: typeof throughRest): Side => ({
    name,
    door,
    load: createRestLoad(
      orders.map((order) => through(world, order)),
      most,
    ),
  });
  const sides = [sideOf('REST', 'rest', throughRest), sideOf('GraphQL', 'router', throughGraphQL)];
  try {
    for (let round = 0; round < WARM_UP.rounds; round++) await measureRound(sides, round, WARM_UP);
    const rounds = TABLES.map((): Map<Side, Measurement>[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, table] of TABLES.entries()) rounds[index]?.push(await measureRound(sides, round, table));
    }
    return TABLES.map(({ concurrency }, index) => judge(sides, rounds[index] ?? [], concurrency)).every(Boolean);
  } finally {
    for (const { load } of sides) load.close();
  }
};

write(`bench:rest on ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`);
write(`GET /orders/{number} against the same fields through GraphQL, ${ROUNDS} rounds in turns; load before: ${loadavg()[0]?.toFixed(1)}`);
const stopPostgres = await setup();
try {
  const world = await startRestWorld();
  try {
    if (!(await bench(world))) process.exitCode = 1;
  } finally {
    await world.stop();
  }
} finally {
  await stopPostgres();
}
