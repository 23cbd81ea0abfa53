import { faultsOf, type Result } from './scenario.ts';
import type { Figures } from './verdict.ts';

/** A result, and what it should be: green, or, with a planted bug, red by this very figure. */
export interface Row {
  result: Result;
  mustShow?: keyof Figures;
}

const COLUMNS: readonly (readonly [heading: string, value: (result: Result) => number])[] = [
  ['acked', ({ figures }) => figures.acknowledged],
  ['orders', ({ figures }) => figures.events],
  ['acked lost', ({ figures }) => figures.ordersLost],
  ['events lost', ({ figures }) => figures.eventsLost],
  ['duplicates', ({ figures }) => figures.duplicateEffects],
  ['invented', ({ figures }) => figures.invented],
  ['failed', ({ figures }) => figures.failed],
  ['died', ({ figures }) => figures.died],
];
const TITLE_WIDTH = 52;

export const isAsItShouldBe = ({ result, mustShow }: Row): boolean =>
  mustShow === undefined ? faultsOf(result).length === 0 : result.figures[mustShow] > 0;

const verdictOf = (row: Row): string => {
  if (row.mustShow === undefined) return isAsItShouldBe(row) ? 'ok' : 'WRONG';
  return isAsItShouldBe(row) ? 'red, as it must be' : 'NOT CAUGHT';
};

const line = (title: string, cells: readonly string[], verdict: string): string =>
  `  ${title.padEnd(TITLE_WIDTH)}${cells.map((cell, index) => cell.padStart((COLUMNS[index]?.[0].length ?? 0) + 3)).join('')}   ${verdict}`;

const linesOf = (row: Row): string[] => {
  const { result } = row;
  const remarks = [...faultsOf(result).map((fault) => `✗ ${fault}`), ...result.notes];
  const cells = COLUMNS.map(([, value]) => value(result).toLocaleString('en'));
  return [line(result.title, cells, verdictOf(row)), ...remarks.map((remark) => `      ${remark}`)];
};

/** The whole run as one table. */
export const formatTable = (rows: readonly Row[]): string => {
  const head = line(
    '',
    COLUMNS.map(([heading]) => heading),
    '',
  );
  return [head, ...rows.flatMap(linesOf)].join('\n');
};
