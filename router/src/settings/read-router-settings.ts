import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { type Alias, type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { type RouterSettings, routerSettingsSchema } from './router-settings.ts';

const MAX_FILE_BYTES = 65_536;
const MAX_ALIASES = 100;
const MAX_PROBLEMS = 20;
const MAX_VALUE_LENGTH = 60;

interface Problem {
  /** Offset in the text, or undefined for its beginning. */
  offset: number | undefined;
  what: string;
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

const show = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
};

const valueAt = (data: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined),
    data,
  );

const keyNode = (map: unknown, key: PropertyKey | undefined): unknown =>
  isMap(map) ? map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))?.key : undefined;

/** The text position of a setting, or of the nearest one around it that the file has. */
const offsetOf = (document: Document, path: readonly PropertyKey[]): number | undefined => {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (node !== undefined && startOf(node) !== undefined) return startOf(node);
  const parent = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const key = startOf(keyNode(parent, path.at(-1)));
  if (key !== undefined || path.length === 0) return key;
  return offsetOf(document, path.slice(0, -1));
};

const problemsOf = (document: Document, data: unknown, issue: z.core.$ZodIssue): Problem[] => {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const explanations = issue.message.split('\n');
    const map = path.length === 0 ? document.contents : document.getIn(path, true);
    return issue.keys.map((key, index) => ({ offset: startOf(keyNode(map, key)), what: `${[...path, key].join('.')}: ${explanations[index]}` }));
  }
  if (issue.code === 'invalid_key') {
    const map = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    return [{ offset: startOf(keyNode(map, path.at(-1))), what: `${path.join('.')}: ${issue.message}` }];
  }
  const name = path.length === 0 ? 'the file' : path.join('.');
  return [{ offset: offsetOf(document, path), what: `${name}: got ${show(valueAt(data, path))}, ${issue.message}` }];
};

const syntaxProblems = (document: Document): Problem[] =>
  [...document.errors, ...document.warnings].map(({ pos, message }) => ({ offset: pos[0], what: message.split('\n')[0] ?? 'not YAML' }));

const plainData = (document: Document): { data: unknown } | Problem => {
  try {
    return { data: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (error) {
    const aliases: Alias[] = [];
    visit(document, { Alias: (_key, node) => void aliases.push(node) });
    const unresolved: Node | undefined = aliases.find((alias) => alias.resolve(document) === undefined);
    return { offset: startOf(unresolved ?? aliases[0]), what: error instanceof Error ? error.message : String(error) };
  }
};

const readText = (text: string): { settings: RouterSettings } | { problems: readonly Problem[]; lines: LineCounter } => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, strict: true, logLevel: 'error' });
  const broken = syntaxProblems(document);
  if (broken.length > 0) return { problems: broken, lines };
  const plain = plainData(document);
  if (!('data' in plain)) return { problems: [plain], lines };
  const result = routerSettingsSchema.safeParse(plain.data);
  if (result.success) return { settings: result.data };
  const problems = result.error.issues.flatMap((issue) => problemsOf(document, plain.data, issue));
  return { problems: problems.sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0)), lines };
};

const refused = (file: string, problems: readonly string[], cause?: unknown): StartupError => {
  const listed = problems.slice(0, MAX_PROBLEMS);
  const more = problems.length > listed.length ? [`and ${problems.length - listed.length} more`] : [];
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new StartupError(
    [`router cannot use ${file}, ${count}:`, ...[...listed, ...more].map((line) => `  ${line}`)].join('\n'),
    'mend the file, or leave a setting out for its default; router/router.yaml lists all of them',
    cause,
  );
};

/**
 * Settings from the bytes of a YAML file. What is not set has its default, so that an empty file works.
 * @throws StartupError with every problem as `router.yaml:LINE:COLUMN: name: got …, expected …`.
 */
export const parseRouterSettings = (bytes: Uint8Array, file: string): RouterSettings => {
  const name = basename(file);
  if (bytes.length > MAX_FILE_BYTES) throw refused(file, [`${name}: got more than ${MAX_FILE_BYTES} bytes, expected no more`]);
  if (!isUtf8(bytes)) {
    const rows = Buffer.from(bytes).toString('latin1').split('\n');
    const row = rows.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1')));
    throw refused(file, [`${name}:${row + 1}:1: got bytes that are not UTF-8, expected UTF-8 text`]);
  }
  const read = readText(new TextDecoder().decode(bytes));
  if ('settings' in read) return read.settings;
  const lines = read.problems.map(({ offset, what }) => {
    const { line, col } = read.lines.linePos(offset ?? 0);
    return `${name}:${Math.max(line, 1)}:${Math.max(col, 1)}: ${what}`;
  });
  throw refused(file, [...new Set(lines)]);
};

/** The bytes of a settings file, one more than allowed at most; undefined when there is none. @throws StartupError when it cannot be read. */
export const readSettingsFile = async (file: string): Promise<Uint8Array | undefined> => {
  try {
    const handle = await open(file, 'r');
    try {
      if (!(await handle.stat()).isFile()) throw new Error('it is not a file');
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_FILE_BYTES + 1), 0, MAX_FILE_BYTES + 1, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StartupError(
      `router cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
      'make it a file that the router may read, or remove it for the defaults',
      error,
    );
  }
};

/**
 * The router's settings; the defaults when there is no such file.
 * @throws StartupError with every problem of the file at once.
 */
export const readRouterSettings = async (file: string): Promise<RouterSettings> =>
  parseRouterSettings((await readSettingsFile(file)) ?? new Uint8Array(), file);
