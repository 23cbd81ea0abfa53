/** A row that is not imported, and why. */
export interface Rejection {
  /** The file's name in the folder, for instance `products.csv.gz`. */
  file: string;
  /** The line the row starts on; the header is line 1. */
  line: number;
  /** undefined when the whole row is at fault. */
  column: string | undefined;
  got: string;
  expected: string;
}

/** Takes every rejected row, exactly once. */
export type Reject = (rejection: Rejection) => void;

/** What is wrong with a row, before it is known where the row stands. */
export type Fault = Pick<Rejection, 'column' | 'got' | 'expected'>;

/** One line for people: `products.csv:7: unit_price_pence: got '-5', expected …`. */
export const describeRejection = ({ file, line, column, got, expected }: Rejection): string =>
  `${file}:${line}: ${column === undefined ? '' : `${column}: `}got ${got}, expected ${expected}`;

const MAX_SHOWN = 60;

/** A value as it is shown in `got`: quoted, at most 60 characters, control characters escaped; `nothing` for the empty string. */
export const shown = (value: string): string => {
  if (value === '') return 'nothing';
  const cut = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  return `'${cut.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}'`;
};
