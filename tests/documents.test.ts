import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FieldDefinitionNode, Kind, type ObjectTypeDefinitionNode, parse, type StringValueNode } from 'graphql';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const find = (...patterns: string[]): string[] =>
  globSync(patterns, { cwd: ROOT, exclude: (path) => /(^|[\\/])(node_modules|generated)$/.test(path) }).sort();
const unique = (values: Iterable<string>): string[] => [...new Set(values)].sort();

const DOCUMENTS = find('*.md', 'docs/**/*.md', '*/README.md', '*/*/README.md');
const SUBGRAPHS = find('subgraphs/*/schema.graphql', 'webhooks/schema.graphql').map((path) => dirname(path).replaceAll('\\', '/'));

/** One problem a line, with the document that has it. */
const problemsOf = (check: (text: string, document: string) => readonly string[]): string[] =>
  DOCUMENTS.flatMap((document) => check(read(document), document).map((problem) => `${document}: ${problem}`));

const withoutCode = (text: string): string => text.replace(/^ *```[\s\S]*?^ *```$/gm, '').replace(/`[^`\n]*`/g, '');

/** The anchors of a document's headings, as forges make them. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** `link` is relative to the document it stands in; it may be an anchor alone. */
const leadsNowhere = (document: string, link: string): boolean => {
  const [path, anchor] = link.split('#');
  const target = path ? join(dirname(document), path) : document;
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
};

test('there are documents to look at', () => {
  expect(DOCUMENTS).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/architecture.md', 'router/README.md']));
  expect(DOCUMENTS.length).toBeGreaterThan(15);
  expect(SUBGRAPHS).toEqual(expect.arrayContaining(['subgraphs/category', 'subgraphs/order', 'subgraphs/user', 'webhooks']));
});

describe('documents', () => {
  test('link to files and headings that exist', () => {
    const links = (text: string): string[] => [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
    const problems = problemsOf((text, document) => links(text).filter((link) => !/^[a-z]+:/.test(link) && leadsNowhere(document, link)));
    expect(problems).toEqual([]);
  });

  test('name files and folders that exist', () => {
    // In capitals stand what the reader fills in, and `reviews` is CONTRIBUTING's example of a room that is to be made.
    const isPlaceholder = (path: string): boolean =>
      /NAME|NNNN|FOLDER|CLIENT|<contract>|web-app\/1\.0\.0|\*|…|\/generated|\/reviews?\b|0002-product-description|rename-product/.test(path);
    const paths = (text: string): string[] =>
      [...text.matchAll(/`((?:packages|subgraphs|bffs|apps|clients|contracts|router|rest|webhooks|payment-sandbox|tests|docs|data)\/[^\s`]*)`/g)].map(
        ([, path]) => path as string,
      );
    const problems = problemsOf((text) => paths(text).filter((path) => !isPlaceholder(path) && !existsSync(join(ROOT, path))));
    expect(problems).toEqual([]);
  });

  test('name scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = (text: string): string[] => [
      ...[...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name as string),
      ...[...text.matchAll(/\bnpm (start|test)\b/g)].map(([, name]) => name as string),
    ];
    expect(named(read('README.md'))).toEqual(expect.arrayContaining(['start', 'test', 'dev', 'check', 'import']));
    expect(problemsOf((text) => unique(named(text)).filter((name) => scripts[name] === undefined))).toEqual([]);
  });

  test('the licence is there, and every workspace says the same', () => {
    expect(read('LICENSE')).toMatch(/^MIT License\n/);
    const others = find('package.json', '*/package.json', '*/*/package.json').filter((path) => JSON.parse(read(path)).license !== 'MIT');
    expect(others).toEqual([]);
  });
});

describe('the settings table of README.md', () => {
  const [, section = ''] = /^## Settings$([\s\S]*?)^## /m.exec(read('README.md')) ?? [];
  const firstCells = [...section.matchAll(/^\|([^|]*)\|/gm)].map(([, cell]) => cell as string);
  const told = unique(firstCells.flatMap((cell) => [...cell.matchAll(/`([A-Z][A-Z0-9_]*)`/g)].map(([, name]) => name as string)));

  test('tells every variable that the rooms read', () => {
    const sources = [
      ...find('{subgraphs,bffs}/*/src/config.ts', '{router,rest,webhooks,payment-sandbox}/src/config.ts'),
      ...find('packages/service/src/{config,token-settings}.ts'),
    ];
    const keys = sources.flatMap((path) => [
      ...[...read(path).matchAll(/^\s+(?!DEVELOPMENT_)([A-Z][A-Z0-9_]*)(?:: |,$)/gm)].map(([, name]) => name as string),
      ...[...read(path).matchAll(/env\['(\w+)'\]/g)].map(([, name]) => name as string),
    ]);
    expect(unique(keys).length).toBeGreaterThan(20);
    expect(unique(keys).filter((name) => !told.includes(name))).toEqual([]);
  });

  test('tells no variable that nobody reads', () => {
    const code = find('packages/*/{src,bin}/**/*.{ts,mjs}', '{subgraphs,bffs}/*/src/**/*.ts', '{router,rest,webhooks,payment-sandbox}/src/**/*.ts')
      .filter((path) => !path.endsWith('.test.ts'))
      .map(read)
      .join('\n');
    expect(told.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
  });
});

interface Entity {
  /** True when the subgraph gives it a non-null field beside its keys. */
  isOwned: boolean;
}

const keysOf = ({ directives = [] }: ObjectTypeDefinitionNode): string[] =>
  directives
    .filter(({ name }) => name.value === 'key')
    .flatMap(({ arguments: given = [] }) => given.filter(({ name }) => name.value === 'fields').map(({ value }) => (value as StringValueNode).value));

const isExternal = ({ directives = [] }: FieldDefinitionNode): boolean => directives.some(({ name }) => name.value === 'external');

const objectTypesOf = (subgraph: string): ObjectTypeDefinitionNode[] =>
  parse(read(`${subgraph}/schema.graphql`)).definitions.filter((definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION);

/** Every type with a `@key`, by name. Decision 0005: who may be absent adds nullable fields only, so a non-null one marks the owner. */
const entitiesOf = (subgraph: string): Map<string, Entity> =>
  new Map(
    objectTypesOf(subgraph)
      .filter((type) => keysOf(type).length > 0)
      .map(({ name, fields = [], ...type }) => {
        const keyFields = keysOf({ name, fields, ...type }).flatMap((key) => key.match(/\w+/g) ?? []);
        const own = fields.filter((field) => !keyFields.includes(field.name.value) && !isExternal(field));
        return [name.value, { isOwned: own.some(({ type: { kind } }) => kind === Kind.NON_NULL_TYPE) }];
      }),
  );

const namesOf = (subgraph: string, isOwned: boolean): string[] =>
  unique([...entitiesOf(subgraph)].filter(([, entity]) => entity.isOwned === isOwned).map(([name]) => name));

describe('the schemas, as decision 0005 has it', () => {
  test('every entity has one owner', () => {
    const owners = SUBGRAPHS.flatMap((subgraph) => namesOf(subgraph, true).map((name) => `${name}: ${subgraph}`));
    const entities = unique(SUBGRAPHS.flatMap((subgraph) => [...entitiesOf(subgraph).keys()]));
    expect(entities.length).toBeGreaterThan(3);
    expect(owners.map((owner) => owner.split(':')[0]).sort()).toEqual(entities);
  });

  test('no field of Query or Mutation is non-null', () => {
    const fields = SUBGRAPHS.flatMap((subgraph) =>
      objectTypesOf(subgraph)
        .filter(({ name }) => name.value === 'Query' || name.value === 'Mutation')
        .flatMap(({ name, fields: all = [] }) => all.map((field) => ({ coordinate: `${subgraph}: ${name.value}.${field.name.value}`, field }))),
    );
    expect(fields.length).toBeGreaterThan(20);
    expect(fields.filter(({ field }) => field.type.kind === Kind.NON_NULL_TYPE).map(({ coordinate }) => coordinate)).toEqual([]);
  });
});

describe.each(SUBGRAPHS)('the card of %s', (subgraph) => {
  /** The entities that a row of the card's table names: `User`, not `orders`. */
  const told = (row: string): string[] | undefined => {
    const cell = new RegExp(`^\\| \\*\\*${row}\\*\\* \\|(.*)\\|$`, 'm').exec(read(`${subgraph}/README.md`))?.[1];
    return cell === undefined ? undefined : unique([...cell.matchAll(/`([A-Z]\w*)`/g)].map(([, name]) => name as string));
  };

  test('names what it owns and what it references, as its schema has it', () => {
    expect({ owns: told('Owns'), references: told('References') }).toEqual({
      owns: namesOf(subgraph, true),
      references: namesOf(subgraph, false),
    });
  });

  test('says what it publishes and consumes', () => {
    expect([told('Publishes'), told('Consumes')]).not.toContain(undefined);
  });

  test('is at most 25 lines', () => {
    expect(read(`${subgraph}/README.md`).trimEnd().split('\n').length).toBeLessThanOrEqual(25);
  });
});
