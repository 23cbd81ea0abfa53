import { median } from './bus-table.ts';
import { percentile } from './federation/load.ts';
import type { Verdict } from './router-bars.ts';
import { cpuOf } from './router-bars.ts';
import type { ColdOperations } from './router-cold.ts';
import type { Contestant } from './router-gateways.ts';
import type { Block, Blocks } from './router-rounds.ts';
import type { Workload } from './router-workloads.ts';

const HEAD = ['Gateway', 'CPU ms/request', 'lowest–highest', '× ours', 'requests/s', 'p50 ms', 'p99 ms', 'fetches/request', 'RSS MB'];

const digits = (value: number): string => value.toFixed(value < 1 ? 3 : 2);

const rowOf = (title: string, blocks: readonly Block[], oursCpu: number): string[] => {
  const of = (pick: (block: Block) => number): number => median(blocks.map(pick));
  const cpu = blocks.map(({ cpuMs }) => cpuMs);
  const latency = (share: number): string => of(({ latencies }) => percentile(latencies, share)).toFixed(1);
  return [
    title,
    digits(cpuOf(blocks)),
    `${digits(Math.min(...cpu))}–${digits(Math.max(...cpu))}`,
    (cpuOf(blocks) / oursCpu).toFixed(2),
    of(({ requestsPerSecond }) => requestsPerSecond).toFixed(0),
    latency(0.5),
    latency(0.99),
    of(({ fetches }) => fetches).toFixed(2),
    (of(({ residentBytes }) => residentBytes) / 1e6).toFixed(0),
  ];
};

const toTable = (rows: readonly (readonly string[])[], textColumns: number): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) => (column < textColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)));
    return `| ${cells.join(' | ')} |`;
  });
  const rule = widths.map((width, column) => (column < textColumns ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [lines[0], `| ${rule.join(' | ')} |`, ...lines.slice(1)].join('\n');
};

/** One workload: a row for each gateway, medians of the rounds. */
export const formatWorkload = (entrants: readonly Contestant[], blocks: Blocks): string => {
  const ours = cpuOf(blocks.get('ours'));
  const rows = entrants.filter(({ name }) => blocks.has(name)).map(({ name, title }) => rowOf(title, blocks.get(name) ?? [], ours));
  return toTable([HEAD, ...rows], 1);
};

/** By gateway; of its main thread. */
export const formatCold = (byTitle: ReadonlyMap<string, ColdOperations>): string => {
  const rows = [...byTitle].map(([title, { bytesEach, longestBlockMs }]) => [title, (bytesEach / 1_000).toFixed(0), longestBlockMs.toFixed(0)]);
  return toTable([['Gateway', 'KB of heap a cached operation', 'event loop held up, ms at most'], ...rows], 1);
};

export const formatVerdicts = (verdicts: readonly Verdict[]): string => {
  const rows = verdicts.map(({ what, value, bar, passes }) => [what, value, bar, passes ? 'PASS' : 'FAIL']);
  return toTable([['CPU time a request, another / ours', 'measured', 'bar', ''], ...rows], 1);
};

export interface ReportOptions {
  machine: string;
  versions: string;
  rounds: number;
  tables: readonly { workload: Workload; table: string }[];
  cold: string;
  verdicts: readonly Verdict[];
}

const section = (workload: Workload, table: string): string =>
  `\n## ${workload.title.charAt(0).toUpperCase()}${workload.title.slice(1)}\n\n${workload.requests} requests to each gateway in each round, after ${workload.settling} that are not measured.\n\n${table}\n`;

/** The whole of docs/bench/router.md. */
export const formatReport = ({ machine, versions, rounds, tables, cold, verdicts }: ReportOptions): string => `# What a request costs

<!-- Written by npm run bench:router. -->

![CPU time of the gateway's process a request](router.svg)

${machine}.
${versions}.

The subgraphs and the heavy query are those of [The Guild's federation benchmark](https://github.com/graphql-hive/graphql-gateways-benchmark).
Every gateway runs in production mode on the same Node, with its defaults, without TLS and without a log line a request, and calls the same
subgraph processes. This router has all its guards on: it checks an access token, limits and prices each operation, counts rates, and signs a
token for each fetch. The others do nothing of the kind. Hive Gateway shares fetches between requests by default; here that is a choice.

Each table is of new processes, warmed up, whose answers are equal. Then come ${rounds} rounds with a fixed number of requests: one gateway after
the other, each round in another random order. A gateway idles while others have their turn, so the first requests of its own turn are not
measured; that this router keeps its compiled code meanwhile is [a setting of its own](../decisions/0018-the-router-keeps-its-compiled-code.md).
The figures are medians of the rounds. CPU time is that of the whole process in user and system mode, worker threads included. The subgraphs count the fetches: fewer than the plan has were shared by several requests. Clients, gateway and subgraphs
share the machine, so the rates and latencies say less than CPU time does.

## Bars

${formatVerdicts(verdicts)}

The bare proxy is what Node takes for one HTTP request that is answered by asking another server, with no GraphQL in between: no gateway can cost less.
${tables.map(({ workload, table }) => section(workload, table)).join('')}
## New operations

The heavy query again and again, each time by another name and with other aliases: what the main thread keeps of each, and how long at most it could do
nothing else meanwhile.

${cold}
`;
