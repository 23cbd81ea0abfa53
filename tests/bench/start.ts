import { cpus } from 'node:os';
import { copyCheckout, type Run } from '../checkout.ts';
import { bearer, post } from '../world.ts';
import { processesOf, residentBytes } from './processes.ts';

/** `npm run bench:start`: what a first run, a restart and one heavy query cost on this machine. */
const HEAVY_QUERY =
  '{ orders(first: 50) { nodes { number total { amount currency } customer { name country } items(first: 100) { nodes { quantity product { sku name category { slug parent { slug } } } } } } } }';
const ROUNDS = 5;
const REQUESTS_PER_ROUND = 40;
const WARM_UP = 60;
const READY = 'Ctrl-C stops everything';

const write = (text: string): void => void process.stdout.write(`${text}\n`);
const row = (what: string, value: string, limit = ''): void => write(`  ${what.padEnd(46)}${value.padStart(12)}  ${limit}`);
const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const checkout = copyCheckout();
const url = `http://127.0.0.1:${4_000 + checkout.portOffset}/graphql`;

const stop = async (run: Run): Promise<void> => {
  run.process.kill('SIGTERM');
  await run.ended;
};

const startAndWait = async (text: string): Promise<{ run: Run; milliseconds: number }> => {
  const begun = performance.now();
  const run = checkout.supergraph(['start']);
  await run.says(text);
  return { run, milliseconds: performance.now() - begun };
};

const signIn = async (): Promise<string> => {
  const query = 'mutation { signIn(input: { email: "staff@example.com", password: "supergraph" }) { accessToken } }';
  const { data } = await post<{ signIn: { accessToken: string } }>(url, { query });
  return data?.signIn.accessToken ?? '';
};

const heavy = async (token: string): Promise<{ milliseconds: number; items: number }> => {
  const begun = performance.now();
  const { data, errors } = await post<{ orders: { nodes: { items: { nodes: unknown[] } }[] } }>(url, { query: HEAVY_QUERY }, bearer(token));
  if (errors.length > 0 || data?.orders.nodes.length !== 50) throw new Error(`the heavy query failed: ${errors[0]?.message}`);
  return { milliseconds: performance.now() - begun, items: data.orders.nodes.reduce((sum, order) => sum + order.items.nodes.length, 0) };
};

const benchFirstRun = async (): Promise<void> => {
  const begun = performance.now();
  const run = checkout.supergraph(['start']);
  await run.says('First run');
  const importBegun = performance.now();
  await run.says('order_items');
  row('import of the whole data set', seconds(performance.now() - importBegun), 'at most 20 s');
  await run.says(READY);
  row('first start to ready', seconds(performance.now() - begun), 'at most 90 s');
  if (!/order_items\s+541,907 read\s+541,907 added/.test(run.output())) throw new Error(`not everything was imported:\n${run.output()}`);
  await stop(run);
};

const benchMemory = (run: Run): void => {
  const { rooms } = processesOf(run.process.pid ?? 0);
  const sizes = [...rooms].map(([room, pid]) => ({ room, megabytes: residentBytes(pid) / 1_048_576 }));
  const total = sizes.reduce((sum, { megabytes }) => sum + megabytes, 0);
  row(
    'idle memory without PostgreSQL',
    `${total.toFixed(0)} MB`,
    `at most 900 MB: ${sizes.map(({ room, megabytes }) => `${room} ${megabytes.toFixed(0)}`).join(', ')}`,
  );
};

const benchQuery = async (run: Run): Promise<void> => {
  const processes = processesOf(run.process.pid ?? 0);
  const token = await signIn();
  const first = await heavy(token);
  row('first answer to the heavy query', `${first.milliseconds.toFixed(0)} ms`, `50 orders, ${first.items} items`);
  for (let request = 0; request < WARM_UP; request++) await heavy(token);
  const rounds: { wall: number; cpu: Map<string, number> }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = processes.cpu();
    const walls: number[] = [];
    for (let request = 0; request < REQUESTS_PER_ROUND; request++) walls.push((await heavy(token)).milliseconds);
    const after = processes.cpu();
    rounds.push({
      wall: median(walls),
      cpu: new Map([...after].map(([room, used]) => [room, (used - (before.get(room) ?? 0)) / REQUESTS_PER_ROUND])),
    });
  }
  row(
    'heavy query, wall time',
    `${median(rounds.map(({ wall }) => wall)).toFixed(1)} ms`,
    `median of ${ROUNDS} rounds of ${REQUESTS_PER_ROUND}, one at a time`,
  );
  const total = median(rounds.map(({ cpu }) => [...cpu.values()].reduce((sum, used) => sum + used, 0)));
  const parts = [...(rounds[0]?.cpu.keys() ?? [])].map((room) => `${room} ${median(rounds.map(({ cpu }) => cpu.get(room) ?? 0)).toFixed(1)}`);
  row('heavy query, CPU per request', `${total.toFixed(1)} ms`, parts.join(', '));
};

try {
  write(`bench:start on ${cpus().length} cores, Node ${process.versions.node}`);
  await benchFirstRun();
  const { run, milliseconds } = await startAndWait(READY);
  row('restart to ready', seconds(milliseconds), 'at most 15 s');
  benchMemory(run);
  await benchQuery(run);
  await stop(run);
} finally {
  checkout.remove();
}
