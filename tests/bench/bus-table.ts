import type { Latency, Measurement } from './bus-measurement.ts';

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const milliseconds = (value: number): string => value.toFixed(value < 10 ? 1 : 0);

const rowOf = (name: string, rounds: readonly Measurement[]): string[] => {
  const of = (pick: (round: Measurement) => number): number => median(rounds.map(pick));
  const latency = (pick: (round: Measurement) => Latency): string =>
    `${milliseconds(of((round) => pick(round).p50))} / ${milliseconds(of((round) => pick(round).p99))}`;
  const speeds = rounds.map(({ eventsPerSecond }) => eventsPerSecond);
  return [
    name,
    median(speeds).toFixed(0),
    `${Math.min(...speeds).toFixed(0)}–${Math.max(...speeds).toFixed(0)}`,
    latency(({ atSteadyRate }) => atSteadyRate),
    latency(({ atFullSpeed }) => atFullSpeed),
    ...(['producer', 'consumer', 'postgres', 'machine'] as const).map((who) => of(({ cpu }) => cpu[who]).toFixed(2)),
  ];
};

/** A Markdown table: medians of the rounds. */
export const formatTable = (measured: ReadonlyMap<string, readonly Measurement[]>, steadyPerSecond: number): string => {
  const head = [
    'Bus',
    'Events/s',
    'Range',
    `p50 / p99 ms at ${steadyPerSecond}/s`,
    'p50 / p99 ms at full speed',
    'CPU ms/event: producer',
    'consumer',
    'PostgreSQL',
    'whole machine',
  ];
  const rows = [head, ...[...measured].map(([name, rounds]) => rowOf(name, rounds))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(
    (row) => `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
};
