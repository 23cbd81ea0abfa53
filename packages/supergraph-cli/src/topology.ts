import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { parseRoverConfig } from './compose/rover-config.ts';

/** One subgraph as `supergraph.yaml` names it. */
export interface Subgraph {
  name: string;
  routingUrl: string;
  /** Absolute path of its schema. */
  schemaFile: string;
  /** Absolute path of the folder that holds the schema, `src/main.ts` and `migrations/`. */
  folder: string;
}

export interface Topology {
  /** Absolute path of the folder that holds `supergraph.yaml`. */
  root: string;
  subgraphs: Subgraph[];
}

/**
 * Reads the text of a `supergraph.yaml`. Schemas must be files: the rooms run from the folders that hold them.
 * @param root absolute path of the folder that paths start from.
 * @param shown the file's name for messages.
 * @throws StartupError naming every entry that is wrong.
 */
export const parseTopology = (text: string, root: string, shown: string, env: NodeJS.ProcessEnv = process.env): Topology => {
  const { subgraphs } = parseRoverConfig(text, shown, { env, folder: root });
  return {
    root,
    subgraphs: subgraphs.map(({ name, routingUrl, schema }) => {
      if (!('file' in schema) || routingUrl === undefined)
        throw new StartupError(
          `${shown}: subgraphs.${name} needs routing_url and schema.file`,
          'a schema by URL or in place is for `supergraph compose --config` only',
        );
      const schemaFile = join(root, schema.file);
      return { name, routingUrl, schemaFile, folder: dirname(schemaFile) };
    }),
  };
};

/**
 * Reads `supergraph.yaml`.
 * @throws StartupError naming the file and every entry that is wrong.
 */
export const readTopology = (file: string): Topology => {
  const shown = relative(process.cwd(), file);
  try {
    return parseTopology(readFileSync(file, 'utf8'), dirname(resolve(file)), shown);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `${shown} cannot be read: ${(error as Error).message.split('\n')[0]}`,
      'run the command in the folder that holds supergraph.yaml',
      error,
    );
  }
};
