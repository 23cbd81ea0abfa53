import type { DatasetFolder } from './dataset-folder.ts';
import { MAX_INT, type Values } from './fields.ts';
import { faultOfReference, type Keys } from './read-keyed.ts';
import { type Row, readRows } from './read-rows.ts';
import { type Fault, shown } from './rejection.ts';

/** What the lines of one order add up to. */
interface OrderState {
  lineCount: number;
  totalPence: number;
  /** A line of order_items.csv that is rejected, and takes its order with it. */
  badLine: number | undefined;
  linesGiven: number;
}

/** Which orders can be imported whole, and what they add up to. */
export interface OrderStates {
  totals(number: string): { lineCount: number; totalPence: number };
  /** Why an order with good fields is left out all the same. */
  faultOfOrder(number: string): Fault | undefined;
  /** Why a line of order_items.csv with good fields is left out, by itself or with its order. */
  faultOfItem(item: Values<'order_items'>): Fault | undefined;
  /** Counts the lines of an order: 1, 2, 3 … */
  nextLine(number: string): number;
}

interface References {
  orders: Keys;
  skus: Keys;
}

const faultOfValues = (item: Values<'order_items'>, { orders, skus }: References, { files }: DatasetFolder): Fault | undefined =>
  faultOfReference('order_id', item.order_id, orders, 'an order', files.orders.name) ??
  faultOfReference('sku', item.sku, skus, 'a product', files.products.name);

/** True when the row tells which order it belongs to, be that one of ours or not. */
const namesItsOrder = (row: Row<'order_items'>, { orders }: References): row is Row<'order_items'> & { key: string } => {
  if (row.fault === undefined) return true;
  if (row.key === undefined) return false;
  // With a field missing or a quote astray, what stands in the first column may be anything.
  return row.fault.column !== undefined || orders.accepted.has(row.key) || orders.rejected.has(row.key);
};

const addRows = async (states: ReadonlyMap<string, OrderState>, references: References, folder: DatasetFolder): Promise<void> => {
  let previous: OrderState | undefined;
  let strayLine: number | undefined;
  const blame = (state: OrderState | undefined, line: number | undefined): void => {
    if (state !== undefined && line !== undefined) state.badLine ??= line;
  };
  const add = (row: Row<'order_items'>): void => {
    if (!namesItsOrder(row, references)) {
      blame(previous, row.line);
      strayLine = row.line;
      return;
    }
    const state = states.get(row.key);
    blame(state, strayLine);
    strayLine = undefined;
    previous = state;
    if (row.fault !== undefined || faultOfValues(row.values, references, folder) !== undefined) blame(state, row.line);
    else if (state !== undefined) {
      state.lineCount++;
      state.totalPence += row.values.quantity * row.values.unit_price_pence;
    }
  };
  for await (const batch of readRows(folder, 'order_items')) for (const row of batch) add(row);
};

/**
 * Reads order_items.csv once, for the orders that are good by themselves. A line whose order cannot be read may belong to
 * the order of the line before or of the line after it: both are left out, because an order is never imported in part.
 */
export const readOrderStates = async (folder: DatasetFolder, references: References): Promise<OrderStates> => {
  const states = new Map<string, OrderState>();
  for (const number of references.orders.accepted.keys()) states.set(number, { lineCount: 0, totalPence: 0, badLine: undefined, linesGiven: 0 });
  await addRows(states, references, folder);

  const items = folder.files.order_items.name;
  const whyLeftOut = (number: string): Fault | undefined => {
    const state = states.get(number);
    if (state === undefined) return undefined;
    if (state.badLine !== undefined)
      return { column: 'id', got: shown(number), expected: `an order whose lines are all good: line ${state.badLine} of ${items} is rejected` };
    if (state.lineCount === 0) return { column: 'id', got: `${shown(number)}, which has no lines`, expected: `at least one line in ${items}` };
    if (state.totalPence > MAX_INT) return { column: 'id', got: `a total of ${state.totalPence} pence`, expected: `at most ${MAX_INT}` };
    return undefined;
  };
  const leftOutWithOrder = (number: string): Fault | undefined => {
    if (whyLeftOut(number) === undefined) return undefined;
    const badLine = states.get(number)?.badLine;
    const reason = badLine === undefined ? `its total is more than ${MAX_INT} pence` : `of line ${badLine}`;
    return { column: 'order_id', got: shown(number), expected: `an order that is imported: order ${number} is left out because ${reason}` };
  };
  return {
    totals: (number) => {
      const { lineCount = 0, totalPence = 0 } = states.get(number) ?? {};
      return { lineCount, totalPence };
    },
    faultOfOrder: whyLeftOut,
    faultOfItem: (item) => faultOfValues(item, references, folder) ?? leftOutWithOrder(item.order_id),
    nextLine: (number) => {
      const state = states.get(number);
      return state === undefined ? 0 : ++state.linesGiven;
    },
  };
};
