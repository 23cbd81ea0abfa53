import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { type Client, readClients } from '../clients.ts';
import type { Topology } from '../topology.ts';
import { createChangeJournal } from './change-journal.ts';
import { changedFiles, readRecord, removeRecord, writeRecord } from './creation-record.ts';
import { documents, format, generateView } from './generated-files.ts';
import { refuseCommitted } from './refuse-committed.ts';
import { viewFacts } from './view-facts.ts';
import { pathsOf, type ViewNames, viewFiles } from './view-files.ts';
import { withoutView, withView } from './view-registrations.ts';

export interface ViewRequest {
  /** In kebab case. */
  view: string;
  bff: string;
  /** A field of Query. */
  field?: string | undefined;
}

export interface NewView {
  /** From the root. */
  files: readonly string[];
  testFile: string;
  /** To ask the BFF for. */
  path: string;
}

const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_LENGTH = 40;
/** What views.ts, or a view's own file, calls something else. */
const TAKEN = new Set([
  'text',
  'default',
  'delete',
  'export',
  'import',
  'new',
  'switch',
  'void',
  'with',
  'class',
  'function',
  'return',
  'const',
  'views',
]);

const camelOf = (kebab: string): string => kebab.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The BFF's client: whose operations are the views, and by which contract they are served. */
const clientOf = (topology: Topology, bff: string): Client => {
  const views = /^bffs\/([\w-]+)\/src\/views\//;
  const clients = readClients(topology).filter(({ operations }) => views.test(operations));
  const found = clients.find(({ operations }) => views.exec(operations)?.[1] === bff);
  if (found === undefined)
    throw new StartupError(
      bff === '' ? 'new view needs --bff' : `there is no backend for a frontend '${bff}'`,
      `one of: ${clients.map(({ operations }) => views.exec(operations)?.[1]).join(', ')}; for instance: supergraph new view deals --bff web`,
    );
  return found;
};

const namesOf = (view: string, bff: string): ViewNames => {
  const camel = camelOf(view);
  if (!KEBAB.test(view) || view.length > MAX_LENGTH)
    throw new StartupError(`'${view}' cannot be the name of a view`, `small letters, digits and single hyphens, at most ${MAX_LENGTH}: flash-sale`);
  if (TAKEN.has(camel)) throw new StartupError(`'${view}' means something else in a view`, 'choose another name');
  return { bff, kebab: view, camel, pascal: camel.charAt(0).toUpperCase() + camel.slice(1) };
};

const recordName = ({ bff, kebab }: ViewNames): string => `view.${bff}.${kebab}`;

/** Committed files that follow from the views. */
const followers = (root: string, { name }: Client, bff: string): string[] =>
  [`clients/${name}/next.json`, `bffs/${bff}/openapi.json`, ...documents(root)].filter((path) => existsSync(join(root, path)));

/**
 * Makes a view of a BFF: operation, module, test, its place among the views, OpenAPI and manifest. All or nothing, also when interrupted.
 * @throws StartupError saying which name stands in the way, or what failed.
 */
export const newView = async (topology: Topology, { view, bff, field }: ViewRequest): Promise<NewView> => {
  const { root } = topology;
  const client = clientOf(topology, bff);
  const names = namesOf(view, bff);
  const facts = viewFacts(root, client.contract, names.camel, field);
  const files = viewFiles(names, facts);
  const taken = [...files.keys()].find((path) => existsSync(join(root, path)));
  if (taken !== undefined) throw new StartupError(`${taken} exists already`, 'choose another name');
  if (readFileSync(join(root, 'bffs', bff, 'src', 'views.ts'), 'utf8').includes(`{ ${names.camel} }`))
    throw new StartupError(`${bff} has a view '${names.camel}' already`, 'choose another name');
  const journal = createChangeJournal(root);
  process.once('exit', journal.rollBack);
  try {
    for (const path of followers(root, client, bff)) journal.watch(path);
    for (const [path, text] of [...files, ...withView(root, names, facts)]) journal.write(path, text);
    await format(
      root,
      [...files.keys(), ...withView(root, names, facts).keys()].filter((path) => !path.endsWith('.md')),
    );
    await generateView(root, bff);
    writeRecord(root, recordName(names), journal.created());
  } catch (error) {
    journal.rollBack();
    throw error;
  } finally {
    process.off('exit', journal.rollBack);
  }
  const path = ['/views', view, ...facts.params.map(({ example }) => example ?? 'ID')].join('/');
  return { files: [...files.keys()], testFile: pathsOf(names)[2], path };
};

/**
 * Takes a view back that `newView` made.
 * @throws StartupError when there is none, when it was committed, or when `force` is not given and its files were changed since or git cannot tell.
 */
export const undoView = async (topology: Topology, { view, bff }: ViewRequest, force: boolean): Promise<void> => {
  const { root } = topology;
  clientOf(topology, bff);
  const names = namesOf(view, bff);
  const paths = pathsOf(names);
  const [, file] = paths;
  const shown = `supergraph new --undo ${view} --bff ${bff}`;
  const record = readRecord(root, recordName(names));
  // Without its file but with its record: an undo that failed half-way.
  if (record === undefined && !existsSync(join(root, file))) throw new StartupError(`there is no ${file}`, 'nothing to take back');
  await refuseCommitted(root, { path: file, revert: 'take the commit back: git revert COMMIT, then npm run manifests', command: shown, force });
  const changed = record === undefined ? ['no record of how it was made'] : changedFiles(root, record);
  if (changed.length > 0 && !force)
    throw new StartupError(`${view} was worked on since it was made: ${changed.join(', ')}`, `to delete it all the same: ${shown} --force`);
  const rest = withoutView(root, names);
  for (const [path, text] of rest) writeFileSync(join(root, path), text);
  for (const path of paths) rmSync(join(root, path), { force: true });
  await format(
    root,
    [...rest.keys()].filter((path) => !path.endsWith('.md')),
  );
  await generateView(root, bff);
  removeRecord(root, recordName(names));
};
