import type { StreamedResult } from '../../streams/operation-stream.ts';
import { type Data, isData, own, setOwn } from '../merge.ts';
import type { Path } from '../places.ts';
import type { EngineAnswer } from './both-engines.ts';

type Told = NonNullable<EngineAnswer['errors']>[number];

export interface PutTogether {
  data: unknown;
  errors: Told[];
  /** Values that subgraphs sent and the schema does not allow. */
  completions: Told[];
  /** Objects whose part is null. */
  nulls: (readonly (string | number)[])[];
  patches: number;
  /** What the form of the results breaks. */
  problems: string[];
}

const at = (data: unknown, path: readonly (string | number)[]): unknown => {
  let value = data;
  for (const key of path) value = Array.isArray(value) ? value[Number(key)] : isData(value) ? own(value, String(key)) : undefined;
  return value;
};

const combined = (present: unknown, value: unknown): unknown => {
  if (isData(present) && isData(value)) combine(present, value);
  else if (Array.isArray(present) && Array.isArray(value)) return value.map((item, index) => combined(present[index], item));
  return present ?? value;
};

const combine = (into: Data, part: Data): void => {
  for (const name of Object.keys(part)) setOwn(into, name, combined(own(into, name), own(part, name)));
};

const valueCompletion = (extensions: unknown): Told[] =>
  isData(extensions) && Array.isArray(extensions['valueCompletion']) ? extensions['valueCompletion'] : [];

const checkForm = (results: readonly StreamedResult[], problems: string[]): void => {
  const [first, ...rest] = results;
  if (first === undefined || !('data' in first) || 'incremental' in first) problems.push('the first result has no data, or patches');
  if (rest.some((result) => 'data' in result || ((result.incremental?.length ?? 0) === 0 && result.hasNext === true)))
    problems.push('a later result has data, or no patches');
  if (results.some(({ hasNext }, index) => hasNext !== index < results.length - 1)) problems.push('hasNext is wrong');
};

/** What a client makes of the results. */
export const putTogether = (results: readonly StreamedResult[]): PutTogether => {
  const [first] = results;
  const together: PutTogether = { data: structuredClone(first?.data), errors: [], completions: [], nulls: [], patches: 0, problems: [] };
  const tell = ({ errors = [], extensions }: Pick<StreamedResult, 'errors' | 'extensions'>): void => {
    together.errors.push(...errors);
    together.completions.push(...valueCompletion(extensions));
  };
  checkForm(results, together.problems);
  if (first !== undefined) tell(first);
  const seen = new Map<string, string>();
  for (const patch of results.flatMap(({ incremental = [] }) => incremental)) {
    together.patches += 1;
    const place = at(together.data, patch.path);
    const id = `${patch.label} ${JSON.stringify(patch.path)}`;
    // A fragment that is spread twice where both meet is told twice.
    const text = JSON.stringify(patch.data);
    if (patch.label !== undefined && (seen.get(id) ?? text) !== text) together.problems.push(`told twice, differently: ${id}`);
    seen.set(id, text);
    if (!isData(place)) together.problems.push(`no object at ${id}`);
    else if (patch.data === null) together.nulls.push(patch.path);
    else combine(place, structuredClone(patch.data) as Data);
    tell(patch);
  }
  return together;
};

/** Places where one has a value and the other null or nothing, and those where both have one, and not the same. */
interface Difference {
  path: Path;
  lacks: 'whole' | 'deferred' | 'none';
}

const isAbsent = (value: unknown): boolean => value === null || value === undefined;

const compareLists = (whole: readonly unknown[], deferred: readonly unknown[], path: Path, found: Difference[]): void => {
  if (whole.length !== deferred.length) found.push({ path, lacks: 'none' });
  for (const [index, item] of whole.entries()) compare(item, deferred[index], [...path, index], found);
};

const compareObjects = (whole: Data, deferred: Data, path: Path, found: Difference[]): void => {
  for (const name of new Set([...Object.keys(whole), ...Object.keys(deferred)]))
    compare(own(whole, name), own(deferred, name), [...path, name], found);
};

const compare = (whole: unknown, deferred: unknown, path: Path, found: Difference[]): void => {
  if (isAbsent(whole) && isAbsent(deferred)) return;
  if (isAbsent(whole)) found.push({ path, lacks: 'whole' });
  else if (isAbsent(deferred)) found.push({ path, lacks: 'deferred' });
  else if (Array.isArray(whole) && Array.isArray(deferred)) compareLists(whole, deferred, path, found);
  else if (isData(whole) && isData(deferred)) compareObjects(whole, deferred, path, found);
  else if (whole !== deferred) found.push({ path, lacks: 'none' });
};

const touches = (one: readonly (string | number)[], other: Path): boolean => one.slice(0, other.length).every((key, index) => key === other[index]);

const isExplained = (path: Path, reasons: readonly (readonly (string | number)[])[]): boolean => reasons.some((reason) => touches(reason, path));

/** Whether null above its place hides an error: what null takes away gets no part, so that nobody tells what failed in it. */
const isHidden = ({ path = [] }: Told, data: unknown): boolean =>
  isAbsent(data) || path.slice(0, -1).some((_key, index) => isAbsent(at(data, path.slice(0, index + 1))));

/** Whether an error is about a key that only one of the plans needs: the client did not ask for it. */
const isOfPlan = ({ path = [] }: Told, data: unknown): boolean => {
  const [holder, name] = [at(data, path.slice(0, -1)), path.at(-1)];
  return isData(holder) && typeof name === 'string' && !Object.hasOwn(holder, name);
};

const untold = (errors: readonly Told[], others: readonly Told[], data: unknown): string[] => {
  const messages = new Set(others.map(({ message }) => message));
  return errors
    .filter((error) => !messages.has(error.message) && !isHidden(error, data) && !isOfPlan(error, data))
    .map(({ message, path }) => `${message} ${JSON.stringify(path)}`);
};

/**
 * What is wrong with an answer in parts, by the same operation at once. Without errors both are equal. With errors, each may lack what the other
 * has only where it tells an error itself: null ends at a part's object, and takes in a fetch what came with it. Each tells the errors that
 * the other tells, but those that null hides, and those of keys that only its plan needs.
 * @param asksAlike false when whole subgraphs fail: the plans may ask others, or for what turns out to concern no object.
 */
export const judgeDeferred = (
  whole: EngineAnswer,
  results: readonly StreamedResult[],
  asksAlike: boolean,
): { problems: string[]; isSame: boolean } => {
  const together = putTogether(results);
  const found: Difference[] = [];
  compare(whole.data, together.data, [], found);
  const told = whole.errors ?? [];
  const reasons = {
    whole: [...told, ...valueCompletion(whole.extensions)].map(({ path = [] }) => path),
    deferred: [...[...together.errors, ...together.completions].map(({ path = [] }) => path), ...together.nulls],
  };
  const unexplained = found.filter(({ path, lacks }) => lacks === 'none' || !isExplained(path, reasons[lacks]));
  const problems = [
    ...together.problems,
    ...unexplained.map(({ path, lacks }) => `${lacks} lacks, or differs: ${path.join('.')}`),
    ...(asksAlike ? untold(told, together.errors, together.data).map((error) => `not told in parts: ${error}`) : []),
    ...(asksAlike ? untold(together.errors, told, whole.data).map((error) => `told in parts only: ${error}`) : []),
  ];
  return { problems, isSame: found.length === 0 && problems.length === 0 };
};
