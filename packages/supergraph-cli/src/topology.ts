import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { parse } from 'yaml';
import { z } from 'zod';

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

// https://www.apollographql.com/docs/rover/commands/supergraphs#yaml-configuration-file
const shape = z.object({
  federation_version: z.union([z.string(), z.number()]).optional(),
  subgraphs: z.record(
    z.string().regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/, 'a subgraph name is a letter, then letters, digits, _ and -, at most 64'),
    z.object({ routing_url: z.url(), schema: z.object({ file: z.string() }) }),
  ),
});

/**
 * Reads `supergraph.yaml`.
 * @throws StartupError naming the file and every entry that is wrong.
 */
export const readTopology = (file: string): Topology => {
  const shown = relative(process.cwd(), file);
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new StartupError(
      `${shown} cannot be read: ${(error as Error).message.split('\n')[0]}`,
      'run the command in the folder that holds supergraph.yaml, and check its syntax',
      error,
    );
  }
  const result = shape.safeParse(content);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new StartupError(
      `${shown} is not a supergraph configuration: ${problems}`,
      'write it in the format of `rover supergraph compose --config`',
    );
  }
  const root = dirname(resolve(file));
  const subgraphs = Object.entries(result.data.subgraphs).map(([name, { routing_url, schema }]) => {
    const schemaFile = join(root, schema.file);
    return { name, routingUrl: routing_url, schemaFile, folder: dirname(schemaFile) };
  });
  return { root, subgraphs };
};
