import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lexer, Source, type Token, TokenKind } from 'graphql';
import type { CompositionProblem } from '../compose.ts';

const LINES_BEFORE = 2;
const LINES_AFTER = 1;
const MAX_WIDTH = 140;
const MAX_FRAMES = 3;
const MAX_PROBLEMS = 5;

type Place = CompositionProblem['places'][number];

const DESCRIPTIONS: ReadonlySet<string> = new Set([TokenKind.STRING, TokenKind.BLOCK_STRING]);
/** What a described type begins with; a field may have such a name. */
const KEYWORDS: ReadonlySet<string> = new Set(['type', 'interface', 'union', 'enum', 'input', 'scalar', 'directive']);

/** The composer points at where a definition begins, which may be its description: the place of its name, or the same place. */
const placeOfName = (root: string, place: Place): Place => {
  try {
    const lexer = new Lexer(new Source(readFileSync(join(root, place.file), 'utf8'), place.file));
    const isBefore = ({ kind, line, column }: Token): boolean =>
      kind !== TokenKind.EOF && (line < place.line || (line === place.line && column < place.column));
    do lexer.advance();
    while (isBefore(lexer.token));
    const found = lexer.token;
    if (found.line !== place.line || found.column !== place.column || !DESCRIPTIONS.has(found.kind)) return place;
    lexer.advance();
    if (place.coordinate?.includes('.') !== true && KEYWORDS.has(lexer.token.value)) lexer.advance();
    return { ...place, line: lexer.token.line, column: lexer.token.column };
  } catch {
    // It cannot be read, or is no GraphQL.
    return place;
  }
};

/** The lines around a place with a caret under the column; empty when the file cannot be read or has no such line. */
export const codeFrame = (root: string, { file, line, column }: Pick<Place, 'file' | 'line' | 'column'>): string[] => {
  let lines: string[];
  try {
    lines = readFileSync(join(root, file), 'utf8').split('\n');
  } catch {
    return [];
  }
  if (line < 1 || line > lines.length) return [];
  const first = Math.max(1, line - LINES_BEFORE);
  const last = Math.min(lines.length, line + LINES_AFTER);
  const width = String(last).length;
  const rows: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = (lines[number - 1] ?? '').slice(0, MAX_WIDTH);
    rows.push(`    ${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${text}`.trimEnd());
    if (number === line && column <= MAX_WIDTH) rows.push(`      ${' '.repeat(width)} | ${text.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`);
  }
  return rows;
};

/** Problems of composition as `dev` prints them: code and message, then each place with its lines. */
export const describeWithFrames = (root: string, problems: readonly CompositionProblem[]): string[] => [
  ...problems.slice(0, MAX_PROBLEMS).flatMap(({ code, message, places }) => [
    ...`✗ ${code}: ${message}`.split('\n'),
    ...places.slice(0, MAX_FRAMES).flatMap((found) => {
      const place = placeOfName(root, found);
      const coordinate = place.coordinate === undefined ? '' : ` ${place.coordinate}`;
      return [`    ${place.file}:${place.line}:${place.column}  ${place.subgraph}${coordinate}`, ...codeFrame(root, place)];
    }),
  ]),
  ...(problems.length > MAX_PROBLEMS ? [`  and ${problems.length - MAX_PROBLEMS} more: npm run compose shows all`] : []),
];
