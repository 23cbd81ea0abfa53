const MAX_LENGTH = 40;
const MAX_DISTANCE = 2;

/** Levenshtein's distance: single letters to insert, remove or replace. */
const distance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...a].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...b].entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
};

/** The known name that was probably meant, if any is near enough. */
export const closestName = (given: string, known: readonly string[]): string | undefined => {
  if (given.length > MAX_LENGTH) return undefined;
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '');
  const ranked = known.map((name) => ({ name, far: distance(plain(given), plain(name)) })).sort((a, b) => a.far - b.far);
  const [best] = ranked;
  return best !== undefined && best.far <= Math.min(MAX_DISTANCE, Math.floor(given.length / 2)) ? best.name : undefined;
};
