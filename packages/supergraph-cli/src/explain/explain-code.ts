import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '@apollo/federation-internals';
import { VERDICTS } from '../check/verdicts.ts';
import { adviceFor } from './code-advice.ts';

/** What is known of a code. */
export interface CodeExplanation {
  code: string;
  /** `composition`, or who gives it at run time. */
  from: string;
  meaning: string;
  why: string | undefined;
  fix: string | undefined;
  /** `subgraphs/order/src/domain/order-errors.ts:12`, or a page. */
  more: string | undefined;
}

const COMPOSITION_PAGE = 'https://www.apollographql.com/docs/graphos/reference/federation/errors';

/** What a client can do about a kind of error (docs/errors.md, "Kinds"). */
const BY_KIND: Readonly<Record<string, string>> = {
  invalid: 'Correct the request; the same one fails again.',
  unauthenticated: 'Sign in, and send the access token.',
  forbidden: 'Ask with an account that may, or ask for less.',
  'not-found': 'Check the id: it is not there, or not for this caller to see.',
  conflict: 'Read the present state and try again.',
  'failed-precondition': 'Change what stands in the way first; the same call fails until then.',
  'rate-limited': 'Wait for Retry-After, then send the same again.',
  unavailable: 'Send the same again a little later; writes with the same idempotency key.',
};

/** The cells of every row of a Markdown page's tables that begins with a code. */
const codeRows = (markdown: string): string[][] =>
  markdown
    .split('\n')
    .filter((line) => /^\| `[A-Z][A-Z0-9_]+` \|/.test(line))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));

const readErrorsPage = (root: string): string[][] => {
  const file = join(root, 'docs', 'errors.md');
  return existsSync(file) ? codeRows(readFileSync(file, 'utf8')) : [];
};

const lineOf = (text: string, code: string): number => text.split('\n').findIndex((line) => line.includes(`'${code}'`)) + 1;

/** The place that makes a code: in the room's catalogue of errors before anywhere else. */
const placeOf = (root: string, room: string, code: string): string | undefined => {
  const files = globSync(`${room}/src/**/*.ts`, { cwd: root }).filter((file) => !/\.test\.ts$|[\\/]generated[\\/]/.test(file));
  const mentions = files.sort().flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const line = lineOf(text, code);
    return line === 0 ? [] : [{ place: `${file.replaceAll('\\', '/')}:${line}`, isCatalogue: text.includes('new DomainError(') }];
  });
  return (mentions.find(({ isCatalogue }) => isCatalogue) ?? mentions[0])?.place;
};

const unquoted = (cell = ''): string => cell.replaceAll('`', '');

const runtimeCode = (root: string, code: string): CodeExplanation | undefined => {
  const row = readErrorsPage(root).find(([name]) => unquoted(name) === code);
  if (row === undefined) return undefined;
  if (row.length < 6)
    return {
      code,
      from: `the router or GraphQL itself, HTTP ${row[1]}`,
      meaning: row.slice(2).join(' | '),
      why: undefined,
      fix: undefined,
      more: 'docs/errors.md',
    };
  const [, kind = '', http, retry, ...rest] = row;
  const room = rest.at(-1) ?? '';
  return {
    code,
    from: `${room} (${kind}, HTTP ${http})`,
    meaning: rest.slice(0, -1).join(' | '),
    why: retry === 'yes' ? 'The same call can succeed later.' : 'The same call fails again until something changes.',
    fix: BY_KIND[kind],
    more: placeOf(root, room, code) ?? 'docs/errors.md',
  };
};

const compositionCode = (code: string): CodeExplanation | undefined => {
  const definition = Object.values(ERRORS).find((error) => error.code === code);
  const advice = adviceFor(code);
  if (definition === undefined && advice === undefined) return undefined;
  return {
    code,
    from: definition === undefined ? 'composition (a hint: the graph composes all the same)' : 'composition',
    meaning: definition?.description ?? advice?.why ?? '',
    why: definition === undefined ? undefined : advice?.why,
    fix: advice?.fix,
    more:
      definition === undefined
        ? 'https://www.apollographql.com/docs/graphos/reference/federation/hints'
        : `${COMPOSITION_PAGE}#${code.toLowerCase()}`,
  };
};

/** What `supergraph check` means by its verdicts, whatever the change. */
const BY_VERDICT = {
  breaking: {
    why: 'An operation that was valid may be refused, or an answer may have what its client cannot read. Check says which known operations break.',
    fix: 'Add the new beside the old, mark the old @deprecated, and remove it when no operation asks for it; or approve it, with a reason and an end, in supergraph.allow.yaml.',
  },
  dangerous: {
    why: 'Operations stay valid, but a client may get, or cause, what it did not expect.',
    fix: 'Ask the owners of the operations that check names; clients should handle values they do not know.',
  },
  safe: { why: 'No operation and no client can tell the difference, or only by asking for something new.', fix: 'Nothing.' },
} as const;

const verdictCode = (code: string): CodeExplanation | undefined => {
  const rule = Object.hasOwn(VERDICTS, code) ? VERDICTS[code] : undefined;
  if (rule === undefined) return undefined;
  const words = code.toLowerCase().replaceAll('_', ' ');
  const meaning = `${words[0]?.toUpperCase()}${words.slice(1)}: a change that is ${rule.verdict} by rule.`;
  return { code, from: `supergraph check (${rule.verdict})`, meaning, ...BY_VERDICT[rule.verdict], more: rule.source };
};

const ROVER_CODES: Readonly<Record<string, CodeExplanation>> = {
  E029: {
    code: 'E029',
    from: 'supergraph compose (Rover’s number)',
    meaning: 'The subgraphs do not compose into a supergraph.',
    why: 'Each build error below it has a code of its own.',
    fix: 'supergraph explain CODE for each of them.',
    more: 'https://www.apollographql.com/docs/rover/errors#e029',
  },
};

/** Every code that can be explained, for "did you mean". */
export const knownCodes = (root: string): string[] => [
  ...Object.values(ERRORS).map(({ code }) => code),
  ...readErrorsPage(root).map(([name]) => unquoted(name)),
  ...Object.keys(VERDICTS),
  ...Object.keys(ROVER_CODES),
];

/**
 * Explains a code of composition (Apollo's), of a run-time error (docs/errors.md), of a change that check judges, or of Rover.
 * @param root absolute path of the folder that holds `supergraph.yaml`.
 * @returns undefined when nobody gives such a code.
 */
export const explainCode = (root: string, code: string): CodeExplanation | undefined =>
  runtimeCode(root, code) ?? ROVER_CODES[code] ?? verdictCode(code) ?? compositionCode(code);
