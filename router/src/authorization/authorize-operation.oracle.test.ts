import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyDenials } from './apply-denials.ts';
import { authorizeOperation } from './authorize-operation.ts';
import { createPolicies } from './policies.ts';
import { readAuthorizationRules } from './read-authorization-rules.ts';
import { findDisagreement, type System, type Tally } from './testing/disagreement.ts';

const SEED = Number(process.env['ROUTER_ORACLE_SEED'] ?? Date.now() % 1_000_000);
const OPERATIONS = 5_000;
const system: System = { readAuthorizationRules, authorizeOperation, applyDenials, createPolicies };

const stackTraceLimit = Error.stackTraceLimit;

beforeAll(() => {
  // Half of the time would go into the stacks of errors that nobody looks at.
  Error.stackTraceLimit = 0;
});

afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

test(`${OPERATIONS} random operations get what the naive oracle gives, ROUTER_ORACLE_SEED=${SEED}`, { timeout: 120_000 }, async () => {
  const tally: Tally = { outcomes: [], errors: 0 };
  expect(await findDisagreement(system, SEED, OPERATIONS, tally)).toBeUndefined();
  expect(tally.outcomes).toHaveLength(2 * OPERATIONS);
  for (const kind of ['allowed', 'cut', 'refused'])
    expect(tally.outcomes.filter((outcome) => outcome === kind).length).toBeGreaterThan(OPERATIONS / 50);
  expect(tally.errors).toBeGreaterThan(OPERATIONS);
});

interface Hole {
  name: string;
  file: string;
  code: string;
  becomes: string;
}

const HOLES: readonly Hole[] = [
  {
    name: 'aliased fields are not looked at',
    file: 'analyse-operation.ts',
    code: 'requirement: type === undefined ?',
    becomes: 'requirement: type === undefined || node.alias !== undefined ?',
  },
  {
    name: 'named fragments are not looked into',
    file: 'analyse-operation.ts',
    code: 'occurrence.selections = this.selections(selectionSet, {',
    becomes: 'if (spread === undefined) occurrence.selections = this.selections(selectionSet, {',
  },
  {
    name: 'implementations of an interface are not looked at',
    file: 'requirement-table.ts',
    code: '[type, ...reachable]',
    becomes: '[type]',
  },
  {
    name: 'only the first implementation is looked at',
    file: 'requirement-table.ts',
    code: '[type, ...reachable]',
    becomes: '[type, ...reachable.slice(0, 1)]',
  },
  {
    name: 'a narrowed selection still answers for every implementation',
    file: 'analyse-operation.ts',
    code: 'scope.reachable.filter((object) => possible.has(object))',
    becomes: 'scope.reachable',
  },
  {
    name: 'return types are not looked at',
    file: 'requirement-table.ts',
    code: '...(field === undefined ?',
    becomes: '...(field !== undefined ?',
  },
  {
    name: 'the type a field stands on is not looked at',
    file: 'requirement-table.ts',
    code: '...(rules.types.get(holder.name) ?? []),',
    becomes: '',
  },
  {
    name: 'what an interface demands of its own is not asked of its implementations',
    file: 'read-authorization-rules.ts',
    code: 'else for (const implementation of implementations) add(',
    becomes: 'else for (const implementation of [] as string[]) add(',
  },
  {
    name: 'one scope of a group is enough',
    file: 'requirement.ts',
    code: 'names.every(holds)',
    becomes: 'names.some(holds)',
  },
  {
    name: 'an undecided policy lets pass',
    file: 'policies.ts',
    code: 'onUndecided(name, reason);\n      return false;',
    becomes: 'return true;',
  },
  {
    name: 'only the first item of a list is nulled',
    file: 'apply-denials.ts',
    code: 'const shaped = this.value(type, fields, item, [...path, index]);',
    becomes: 'const shaped = index > 0 ? item : this.value(type, fields, item, [...path, index]);',
  },
  {
    name: 'null stays where none may be',
    file: 'apply-denials.ts',
    code: 'return isNonNullType(definition.type) ? PROPAGATE : null;',
    becomes: 'return null;',
  },
  {
    name: 'skipped fields are refused all the same',
    file: 'inclusion.ts',
    code: "if (directive.name.value === 'skip' && condition(directive, variables)) return false;",
    becomes: '',
  },
  {
    name: 'defaults of variables are forgotten',
    file: 'inclusion.ts',
    code: 'variables.get(variable.name.value) === undefined',
    becomes: 'false',
  },
  {
    name: 'fragments apply to every object',
    file: 'apply-denials.ts',
    code: 'return isAbstractType(named) && schema.isSubType(named, type);',
    becomes: 'return true;',
  },
  {
    name: 'what was cut for one identity is served to the next',
    file: 'authorize-operation.ts',
    code: 'const outcome = [...failing].join();',
    becomes: "const outcome = failing.size > 0 ? 'cut' : '';",
  },
  {
    name: 'a mutation is cut and done',
    file: 'authorize-operation.ts',
    code: 'if (reached.length === 0) return authorized;',
    becomes: 'if (reached.length < 2) return authorized;',
  },
  {
    name: 'added type names reach the client, in the order of execution',
    file: 'apply-denials.ts',
    code: 'if (!fields.some((field) => this.cut.touched.has(field))) return value;',
    becomes: 'if (!fields.some((field) => this.cut.denied.has(field)) && !isListType(type)) return value;',
  },
  {
    name: 'variables nobody uses any more stay declared',
    file: 'cut-operation.ts',
    code: 'variables.has(variable.name.value)',
    becomes: 'variables !== undefined',
  },
];

/** A copy of this folder outside of the repository, and of the module beside it that it reads, with one piece of code replaced, or none. */
const plant = async (folder: string, hole?: Hole): Promise<System> => {
  await cp(import.meta.dirname, join(folder, 'src'), { recursive: true });
  await cp(join(import.meta.dirname, '..', 'fragments.ts'), join(folder, 'fragments.ts'));
  await symlink(join(import.meta.dirname, '../../../node_modules'), join(folder, 'node_modules'));
  if (hole !== undefined) {
    const path = join(folder, 'src', hole.file);
    const source = await readFile(path, 'utf8');
    expect(source.split(hole.code), `${hole.file} has this code once`).toHaveLength(2);
    await writeFile(
      path,
      source.replace(hole.code, () => hole.becomes),
    );
  }
  const load = (name: string): Promise<Record<string, unknown>> => import(/* @vite-ignore */ join(folder, 'src', name));
  const modules = await Promise.all(['read-authorization-rules.ts', 'authorize-operation.ts', 'apply-denials.ts', 'policies.ts'].map(load));
  return Object.assign({}, ...modules) as System;
};

describe('the oracle finds', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'authorization-holes-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('nothing in a copy without a hole', async () => {
    expect(await findDisagreement(await plant(await mkdtemp(join(folder, 'whole-'))), SEED, 500)).toBeUndefined();
  });

  test.each(HOLES)('$name', async (hole) => {
    const planted = await plant(await mkdtemp(join(folder, 'hole-')), hole);
    expect(await findDisagreement(planted, SEED, OPERATIONS)).toMatch(/^operation/);
  });
});
