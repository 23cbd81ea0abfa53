import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { parse } from 'yaml';
import { z } from 'zod';

export const SETTINGS_FILE = 'supergraph.check.yaml';

const inside = z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/, 'expected a path inside this folder');

const shape = z.strictObject({
  /** Sets of operations beside those of clients, by name: a glob of `.graphql` files, judged against the whole graph. */
  operations: z.record(z.string(), inside).default({}),
  /** How much a rule of docs/lint.md weighs here. */
  lint: z.record(z.string(), z.enum(['error', 'warning', 'off'])).default({}),
});

export type CheckSettings = z.infer<typeof shape>;

/** Why a YAML or JSON file is not what we expect, on one line. */
export const reasonOf = (error: unknown): string =>
  error instanceof z.ZodError
    ? error.issues.map(({ path, message }) => `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`).join('; ')
    : ((error as Error).message.split('\n')[0] ?? '');

/**
 * Reads a YAML file of the project into a shape; an empty or missing one is `{}`.
 * @throws StartupError naming the file and every entry that is wrong.
 */
export const readYaml = <Shape extends z.ZodType>(root: string, file: string, schema: Shape, fix: string): z.infer<Shape> => {
  const path = join(root, file);
  try {
    return schema.parse((existsSync(path) ? parse(readFileSync(path, 'utf8')) : undefined) ?? {});
  } catch (error) {
    throw new StartupError(`${file}: ${reasonOf(error)}`, fix, error);
  }
};

export const readSettings = (root: string): CheckSettings => readYaml(root, SETTINGS_FILE, shape, 'see docs/check.md, "Settings"');

/** The line of a file on which a text stands first, from 1; 1 when it is nowhere. */
export const lineIn = (root: string, file: string, text: string): number => {
  const path = join(root, file);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return (
    Math.max(
      0,
      lines.findIndex((line) => line.includes(text)),
    ) + 1
  );
};
