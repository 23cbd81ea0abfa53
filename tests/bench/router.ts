import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { ROOT } from '../world.ts';
import { startIssuer } from './federation/issuer.ts';
import { installPeers, peerVersion } from './federation/peers.ts';
import { startFederation } from './federation/subgraphs.ts';
import { judgeCold, judgeRatios, type Verdict } from './router-bars.ts';
import { type ColdOperations, measureColdOperations } from './router-cold.ts';
import { contestants, type World } from './router-gateways.ts';
import { drawPicture, panelsOf } from './router-picture.ts';
import { formatCold, formatReport, formatVerdicts, formatWorkload } from './router-report.ts';
import { type Blocks, measureRounds } from './router-rounds.ts';
import { createWorkloads, QUICK_ROUNDS, ROUNDS, type Workload } from './router-workloads.ts';

/**
 * `npm run bench:router`: what a request costs this router and other gateways on Node, on the federation benchmark's subgraphs. It writes
 * docs/bench/router.md and router.svg, and exits 1 when a bar is not reached. `--quick` measures fewer rounds and writes nothing; so does a choice:
 * `--only heavy-1,me-16`, `--gateways 'ours,stock'`, `--only new`.
 */
const NEW_OPERATIONS = 'new';
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, gateways: { type: 'string' } } });
const isWanted = (choice: string | undefined, name: string): boolean => choice === undefined || choice.split(',').includes(name);
const isWhole = !values.quick && values.only === undefined && values.gateways === undefined;
const rounds = values.quick ? QUICK_ROUNDS : ROUNDS;

const write = (text: string): void => void process.stdout.write(`${text}\n`);

const entrantsOf = ({ gateways }: Pick<Workload, 'gateways'>) =>
  contestants(gateways.filter((name) => isWanted(values.gateways?.replaceAll(', ', ' '), name.replaceAll(', ', ' '))));

const run = (world: World, workload: Workload): Promise<Blocks> => {
  write(`\n${workload.title}: ${workload.requests} requests to each in each round`);
  return measureRounds({
    world,
    entrants: entrantsOf(workload),
    workload,
    rounds,
    onRound: (round, measured) => {
      const cells = [...measured].map(([name, { cpuMs }]) => `${name} ${cpuMs.toFixed(2)}`);
      write(`  round ${round}, load ${loadavg()[0]?.toFixed(1)}: ${cells.join('; ')}`);
    },
  });
};

const measureNew = async (world: World): Promise<Map<string, ColdOperations>> => {
  const measured = new Map<string, ColdOperations>();
  for (const contestant of entrantsOf({ gateways: ['ours', 'stock', 'hive js', 'hive rust'] })) {
    measured.set(contestant.title, await measureColdOperations(world, contestant));
  }
  return measured;
};

installPeers();
const federation = await startFederation();
const issuer = await startIssuer();
try {
  const machine = `${cpus().length} cores (${cpus()[0]?.model}), Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`;
  const versions = ['@apollo/gateway', '@apollo/server', '@graphql-hive/gateway', '@graphql-hive/router-runtime']
    .map((name) => `${name} ${peerVersion(name)}`)
    .join(', ');
  write(`bench:router on ${machine}; load before: ${loadavg()[0]?.toFixed(1)}`);
  const world: World = { federation, issuer };
  const workloads = (await createWorkloads(issuer, rounds)).filter(({ id }) => isWanted(values.only, id));
  const results = new Map<Workload['id'], Blocks>();
  const tables: { workload: Workload; table: string }[] = [];
  for (const workload of workloads) {
    const blocks = await run(world, workload);
    const table = formatWorkload(entrantsOf(workload), blocks);
    write(table);
    results.set(workload.id, blocks);
    tables.push({ workload, table });
  }
  const verdicts: Verdict[] = judgeRatios(results);
  let cold = '';
  if (isWanted(values.only, NEW_OPERATIONS)) {
    const measured = await measureNew(world);
    cold = formatCold(measured);
    write(`\n${cold}`);
    const [ours] = measured.values();
    if (ours !== undefined) verdicts.push(...judgeCold(ours));
  }
  write(`\n${formatVerdicts(verdicts)}`);
  if (isWhole) {
    mkdirSync(`${ROOT}docs/bench`, { recursive: true });
    writeFileSync(`${ROOT}docs/bench/router.md`, formatReport({ machine, versions, rounds, tables, cold, verdicts }));
    const all = contestants(workloads.flatMap(({ gateways }) => gateways));
    writeFileSync(`${ROOT}docs/bench/router.svg`, drawPicture(panelsOf(results, workloads, all)));
  }
  if (verdicts.some(({ passes }) => !passes)) process.exitCode = 1;
} finally {
  issuer.stop();
  await federation.stop();
}
