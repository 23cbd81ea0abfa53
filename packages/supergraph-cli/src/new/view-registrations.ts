import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ViewFacts } from './view-facts.ts';
import type { ViewNames } from './view-files.ts';

/** Files that name every view: how one gets in, and how it gets out again. */
interface Registration {
  path: (names: ViewNames) => string;
  add(text: string, names: ViewNames, facts: ViewFacts): string;
  remove(text: string, names: ViewNames): string;
}

const OPENAPI_TEST = 'tests/bffs/openapi.e2e.test.ts';

const views: Registration = {
  path: ({ bff }) => `bffs/${bff}/src/views.ts`,
  add: (text, { kebab, camel }) =>
    text
      .replace(/\n\n\/\*\* Every screen/, `\nimport { ${camel} } from './views/${kebab}.ts';\n\n/** Every screen`)
      .replace(/^(export const VIEWS[^=]*= \[[\s\S]*?),?\s*\];/m, `$1, ${camel}];`),
  remove: (text, { kebab, camel }) =>
    text
      .replace(`import { ${camel} } from './views/${kebab}.ts';\n`, '')
      .replace(/^export const VIEWS[\s\S]*?\];/m, (list) => list.replace(new RegExp(`,\\s*${camel}\\b`), '')),
};

const pathOf = ({ kebab }: ViewNames, { params }: ViewFacts): string => ['/views', kebab, ...params.map(({ name }) => `{${name}}`)].join('/');

const card: Registration = {
  path: ({ bff }) => `bffs/${bff}/README.md`,
  add: (text, names, facts) => text.replace(/^(\| \*\*Owns\*\* \| the screens [^;|]*?)(;| \|)/m, `$1, \`${pathOf(names, facts)}\`$2`),
  remove: (text, { kebab }) => text.replace(new RegExp(`, \`/views/${kebab}(/[^\`]*)?\``), ''),
};

/** The proxy that holds answers against openapi.json asks every path. */
const proxied: Registration = {
  path: () => OPENAPI_TEST,
  add: (text, { bff, kebab }, { params, isList, isGuarded }) => {
    const examples = params.map(({ example }) => example ?? 'no-such');
    const status = params.length === 0 || isList ? 200 : 404;
    const path = ['/views', kebab, ...(status === 404 ? params.map(() => 'no-such') : examples)].join('/');
    const row = `  { path: '${path}', status: ${status}, ${isGuarded ? 'isSignedIn: true, ' : ''}only: '${bff}' },\n`;
    return text.replace(/^(const ROWS[\s\S]*?)^\];/m, (_, rows: string) => `${rows}${row}];`);
  },
  remove: (text, { bff, kebab }) => text.replace(new RegExp(`^  \\{ path: '/views/${kebab}[/'].*only: '${bff}' \\},\\n`, 'm'), ''),
};

const REGISTRATIONS = [views, card, proxied];

const changed = (root: string, names: ViewNames, edit: (registration: Registration, text: string) => string): Map<string, string> =>
  new Map(
    REGISTRATIONS.map((registration) => [registration, registration.path(names)] as const)
      .filter(([, path]) => existsSync(join(root, path)))
      .map(([registration, path]) => [path, edit(registration, readFileSync(join(root, path), 'utf8'))]),
  );

/** The files that name every view of a BFF, with a new one in them. */
export const withView = (root: string, names: ViewNames, facts: ViewFacts): Map<string, string> =>
  changed(root, names, ({ add }, text) => add(text, names, facts));

/** The same files without it. */
export const withoutView = (root: string, names: ViewNames): Map<string, string> => changed(root, names, ({ remove }, text) => remove(text, names));
