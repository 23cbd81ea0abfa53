import type { Figures, RunResult } from './run.ts';

/** A run, and what it should be: green, or, with a planted bug, red by this very figure. */
export interface Row extends RunResult {
  mustShow?: keyof Figures;
}

const COLUMNS: readonly (readonly [heading: string, figure: keyof Figures])[] = [
  ['subscribers', 'subscribers'],
  ['ends', 'ends'],
  ['changes', 'changes'],
  ['untold', 'untold'],
  ['not back', 'notBack'],
  ['stale', 'stale'],
  ['missed', 'missed'],
  ['strays', 'strays'],
  ['died', 'died'],
];
const NOUGHT: readonly (keyof Figures)[] = ['untold', 'notBack', 'stale', 'missed', 'strays', 'died'];
const TITLE_WIDTH = 48;

/** Everything that makes a run red; nothing when it is green. */
export const faultsOf = ({ figures, complaints }: RunResult): string[] => [
  ...NOUGHT.filter((name) => figures[name] > 0).map((name) => `${name} ${figures[name]}`),
  ...(figures.changes === 0 ? ['nothing changed: nothing was tested'] : []),
  ...complaints,
];

export const isAsItShouldBe = (row: Row): boolean => (row.mustShow === undefined ? faultsOf(row).length === 0 : row.figures[row.mustShow] > 0);

const verdictOf = (row: Row): string => {
  if (row.mustShow === undefined) return isAsItShouldBe(row) ? 'ok' : 'WRONG';
  return isAsItShouldBe(row) ? 'red, as it must be' : 'NOT CAUGHT';
};

const line = (title: string, cells: readonly string[], verdict: string): string =>
  `  ${title.padEnd(TITLE_WIDTH)}${cells.map((cell, index) => cell.padStart((COLUMNS[index]?.[0].length ?? 0) + 3)).join('')}   ${verdict}`;

const linesOf = (row: Row): string[] => {
  const cells = COLUMNS.map(([, figure]) => row.figures[figure].toLocaleString('en'));
  const remarks = [...faultsOf(row).map((fault) => `✗ ${fault}`), ...row.notes];
  return [line(row.title, cells, verdictOf(row)), ...remarks.map((remark) => `      ${remark}`)];
};

/** The whole run as one table. */
export const formatTable = (rows: readonly Row[]): string => {
  const headings = COLUMNS.map(([heading]) => heading);
  return [line('', headings, ''), ...rows.flatMap(linesOf)].join('\n');
};
