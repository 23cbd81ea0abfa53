import { type Figure, type Figures, NOUGHT } from './verdict.ts';

/** A run's row of the table. */
export interface Row {
  title: string;
  figures: Figures;
  notes: readonly string[];
  /** What is wrong beside the figures. */
  complaints: readonly string[];
  /** With a planted bug the run must be red by this very figure. */
  mustShow?: Figure;
}

const COLUMNS: readonly (readonly [heading: string, figure: Figure])[] = [
  ['events', 'events'],
  ['attempts', 'attempts'],
  ['received', 'received'],
  ['lost', 'lost'],
  ['ids', 'idsChanged'],
  ['bodies', 'bodiesChanged'],
  ['overlaps', 'overlaps'],
  ['signature', 'badlySigned'],
  ['invented', 'invented'],
  ['repeated', 'repeated'],
  ['died', 'died'],
];
const TITLE_WIDTH = 48;

const faultsOf = ({ figures, complaints }: Row): string[] => [
  ...NOUGHT.filter((name) => figures[name] > 0).map((name) => `${name} ${figures[name]}`),
  ...(figures.received === 0 ? ['nothing was received: nothing was tested'] : []),
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
