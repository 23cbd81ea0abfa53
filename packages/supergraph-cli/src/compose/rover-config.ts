import { StartupError } from '@supergraph/service/startup-error';
import { parse } from 'yaml';
import { z } from 'zod';
import { expandVariables, type VariableSources } from './expand-variables.ts';

/** Where a subgraph's schema is. */
const schemaShape = z.union(
  [
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ subgraph_url: z.url(), introspection_headers: z.record(z.string(), z.string()).optional() }),
    z.strictObject({ sdl: z.string().min(1) }),
    z.strictObject({ graphref: z.string(), subgraph: z.string() }),
  ],
  { error: 'expected one of file, subgraph_url (with introspection_headers or without) and sdl' },
);

const nameShape = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/, 'a subgraph name is a letter, then letters, digits, _ and -, at most 64');

// https://www.apollographql.com/docs/rover/commands/supergraphs#yaml-configuration-file
const shape = z.looseObject({
  federation_version: z.union([z.string(), z.number()]).optional(),
  subgraphs: z.record(nameShape, z.object({ routing_url: z.url().optional(), schema: schemaShape })),
});

export type SchemaSource = z.infer<typeof schemaShape>;

/** A configuration of `rover supergraph compose`, expanded and checked. */
export interface RoverConfig {
  federationVersion: string | undefined;
  subgraphs: readonly { name: string; routingUrl: string | undefined; schema: SchemaSource }[];
}

const describeIssue = (issue: z.core.$ZodIssue): string => {
  const message = issue.code === 'invalid_key' ? issue.issues.map((inner) => inner.message).join(', ') : issue.message;
  return `${issue.path.join('.') || 'the file'}: ${message}`;
};

/**
 * @param shown the file's name for messages.
 * @throws StartupError naming every entry that is wrong.
 */
export const parseRoverConfig = (text: string, shown: string, sources: VariableSources): RoverConfig => {
  let content: unknown;
  try {
    content = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new StartupError(`${shown} cannot be read: ${(error as Error).message.split('\n')[0]}`, 'correct its syntax: it is YAML', error);
  }
  const result = shape.safeParse(expandVariables(content, sources));
  if (!result.success) {
    const problems = result.error.issues.map(describeIssue).join('; ');
    throw new StartupError(
      `${shown} is not a supergraph configuration: ${problems}`,
      'write it in the format of `rover supergraph compose --config`',
    );
  }
  const subgraphs = Object.entries(result.data.subgraphs).map(([name, { routing_url, schema }]) => ({ name, routingUrl: routing_url, schema }));
  if (subgraphs.length === 0) throw new StartupError(`${shown} names no subgraph`, 'add one below subgraphs');
  return { federationVersion: result.data.federation_version?.toString(), subgraphs };
};
