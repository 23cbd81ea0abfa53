/** How many letters must be changed, added or removed to get from one word to the other (Levenshtein). */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column++)
      next.push(Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (row[column - 1] ?? 0) + (other[column - 1] === letter ? 0 : 1)));
    row = next;
  }
  return row[other.length] ?? 0;
};

/** The name most like what was typed, upper and lower case being the same; undefined when none is near. */
export const nearestName = (typed: string, names: readonly string[]): string | undefined => {
  const wanted = typed.slice(0, 100).toLowerCase();
  const [best] = names.map((name) => ({ name, away: distance(wanted, name.toLowerCase()) })).sort((a, b) => a.away - b.away);
  return best !== undefined && best.away <= Math.max(1, Math.ceil(wanted.length / 3)) ? best.name : undefined;
};
