import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { messageOf } from '@supergraph/service/process';
import { type DocumentNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, parse, print, visit } from 'graphql';

/** An operation as Hive Laboratory's `LaboratoryCollectionOperation` has it; variables, headers and extensions are JSON text. */
interface ExplorerOperation {
  id: string;
  name: string;
  description: string;
  query: string;
  variables: string;
  headers: string;
  extensions: string;
  createdAt: string;
}

interface ExplorerCollection {
  id: string;
  name: string;
  createdAt: string;
  operations: ExplorerOperation[];
}

export interface OperationCollections {
  collections: ExplorerCollection[];
  /** The first query that can run as it stands; the one to open. */
  firstToRun: ExplorerOperation | undefined;
  /** Files that were left out, and why. */
  problems: string[];
}

interface OperationFile {
  path: string;
  collection: string;
  text: string;
  document: DocumentNode;
  variables: string;
}

/** Marks ids as made from this repository's files, so that the page can tell them from what its user saved. */
export const ID_PREFIX = 'repository:';

const EPOCH = new Date(0).toISOString();
const SHOW_QUERY_PLAN = JSON.stringify({ 'Hive-Expose-Query-Plan': 'true' }, null, 2);
const EXTENSION = '.graphql';

const idOf = (...parts: string[]): string => ID_PREFIX + createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);

const operationsOf = (document: DocumentNode): OperationDefinitionNode[] =>
  document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);

const fragmentsOf = (document: DocumentNode): FragmentDefinitionNode[] =>
  document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);

const leadingComment = (text: string): string =>
  (/^(?:\s*#[^\n]*\n?)+/.exec(text)?.[0] ?? '')
    .split('\n')
    .map((line) => line.trim().replace(/^#+\s?/, ''))
    .filter((line) => line !== '')
    .join(' ');

const readVariables = async (path: string): Promise<string> => {
  try {
    const text = await readFile(path.replace(/\.graphql$/, '.variables.json'), 'utf8');
    JSON.parse(text);
    return text.trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
};

const filesIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(EXTENSION) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
};

const readOperationFile = async (folder: string, path: string): Promise<OperationFile> => {
  const text = await readFile(path, 'utf8');
  return {
    path,
    collection: relative(folder, dirname(path)) || basename(folder),
    text: text.trim(),
    document: parse(text, { noLocation: true }),
    variables: await readVariables(path),
  };
};

/** Fragments that a document uses, itself or through others, and does not define. */
const missingFragments = (document: DocumentNode, known: ReadonlyMap<string, FragmentDefinitionNode>): FragmentDefinitionNode[] => {
  const own = new Set(fragmentsOf(document).map((fragment) => fragment.name.value));
  const missing = new Map<string, FragmentDefinitionNode>();
  const collect = (node: DocumentNode | FragmentDefinitionNode): void => {
    visit(node, {
      FragmentSpread: ({ name: { value: name } }) => {
        const fragment = known.get(name);
        if (fragment === undefined || own.has(name) || missing.has(name)) return;
        missing.set(name, fragment);
        collect(fragment);
      },
    });
  };
  collect(document);
  return [...missing.values()];
};

const toExplorerOperation = (file: OperationFile, known: ReadonlyMap<string, FragmentDefinitionNode>): ExplorerOperation => {
  const query = [file.text, ...missingFragments(file.document, known).map(print)].join('\n\n');
  return {
    id: idOf(file.path, query, file.variables),
    name: operationsOf(file.document)[0]?.name?.value ?? basename(file.path, EXTENSION),
    description: leadingComment(file.text),
    query,
    variables: file.variables,
    headers: SHOW_QUERY_PLAN,
    extensions: '',
    createdAt: EPOCH,
  };
};

const canRun = ({ document, variables }: OperationFile): boolean => {
  const [operation] = operationsOf(document);
  const given: unknown = variables === '' ? {} : JSON.parse(variables);
  return (
    operation?.operation === 'query' &&
    (operation.variableDefinitions ?? []).every(
      ({ type, defaultValue, variable }) =>
        type.kind !== Kind.NON_NULL_TYPE || defaultValue !== undefined || Object.hasOwn(given as object, variable.name.value),
    )
  );
};

const readFolders = async (folders: readonly string[]): Promise<{ files: OperationFile[]; problems: string[] }> => {
  const files: OperationFile[] = [];
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const folder of folders) {
    const paths = await filesIn(folder).catch((error) => {
      if (error.code !== 'ENOENT') problems.push(`${folder}: ${messageOf(error)}`);
      return [];
    });
    for (const path of paths) {
      if (seen.has(path)) continue;
      seen.add(path);
      await readOperationFile(folder, path).then(
        (file) => files.push(file),
        (error) => problems.push(`${path}: ${messageOf(error)}`),
      );
    }
  }
  return { files, problems };
};

/**
 * Every operation file under the folders, in the order of the folders, one collection for each folder that has some. A
 * file is listed once, so that a folder can be named before the one it is in. A folder that is missing is empty.
 */
export const readOperationCollections = async (folders: readonly string[]): Promise<OperationCollections> => {
  const { files, problems } = await readFolders(folders);
  const fragments = new Map(files.flatMap(({ document }) => fragmentsOf(document).map((fragment) => [fragment.name.value, fragment])));
  const collections = new Map<string, ExplorerCollection>();
  let firstToRun: ExplorerOperation | undefined;
  for (const file of files) {
    if (operationsOf(file.document).length === 0) continue;
    const operation = toExplorerOperation(file, fragments);
    if (firstToRun === undefined && canRun(file)) firstToRun = operation;
    const name = file.collection;
    const collection = collections.get(name) ?? { id: idOf(name), name, createdAt: EPOCH, operations: [] };
    collection.operations.push(operation);
    collections.set(name, collection);
  }
  return { collections: [...collections.values()], firstToRun, problems };
};
