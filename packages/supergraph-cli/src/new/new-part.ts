import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { readTopology } from '../topology.ts';
import { createChangeJournal } from './change-journal.ts';
import { format } from './generated-files.ts';
import { renderTemplates } from './render-templates.ts';

type Write = (text: string) => void;

const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/;
/** As packages/events/src/contracts.test.ts demands. */
const PAST_TENSE = /(ed|paid|signed-up)$/;
const EVENT = /^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/;

const camel = (kebab: string): string => kebab.replace(/[-.](\w)/g, (_, letter: string) => letter.toUpperCase());

const folderOf = (root: string, room: string | undefined): string => {
  const { subgraphs } = readTopology(join(root, 'supergraph.yaml'));
  const found = subgraphs.find(({ name }) => name === room);
  if (found === undefined)
    throw new StartupError(
      room === undefined ? 'the room is missing' : `there is no subgraph '${room}'`,
      `one of: ${subgraphs.map(({ name }) => name).join(', ')}`,
    );
  return found.folder.slice(root.length + 1).replaceAll('\\', '/');
};

/** Writes new files, or none when a path is taken or they cannot be formatted. */
const writeNew = async (root: string, files: ReadonlyMap<string, string>): Promise<void> => {
  const taken = [...files.keys()].find((path) => existsSync(join(root, path)));
  if (taken !== undefined) throw new StartupError(`${taken} exists already`, 'choose another name');
  const journal = createChangeJournal(root);
  try {
    for (const [path, text] of files) journal.write(path, text);
    await format(root, [...files.keys()]);
  } catch (error) {
    journal.rollBack();
    throw error;
  }
};

const makeUseCase = async (root: string, [room, name]: readonly string[], write: Write): Promise<number> => {
  const folder = folderOf(root, room);
  if (name === undefined || !KEBAB.test(name))
    throw new StartupError(`'${name ?? ''}' cannot be the name of a use case`, 'a verb, then a noun: supergraph new use-case order reopen-order');
  const values = { name, camel: camel(name), words: name.replaceAll('-', ' ') };
  const files = new Map([...renderTemplates('use-case', values)].map(([path, text]) => [`${folder}/src/use-cases/${path}`, text]));
  await writeNew(root, files);
  write(`✓ ${[...files.keys()].join(', ')}
  Wire it   src/resolvers/context.ts (UseCases), src/app.ts (one line), then a field in schema.graphql and its resolver
  Test it   npx vitest run ${folder}/src/use-cases/${name}.test.ts
  Undo      rm ${[...files.keys()].join(' ')}
`);
  return 0;
};

/** The contract in the publisher's file, and its line in the registry. */
const withContract = (root: string, room: string, type: string, contract: string): Map<string, string> => {
  const own = `packages/events/src/${room}.ts`;
  const registry = 'packages/events/src/registry.ts';
  const text = existsSync(join(root, own))
    ? readFileSync(join(root, own), 'utf8')
    : "import { z } from 'zod';\nimport type { Contract } from './contract.ts';\n";
  if (text.includes(`'${type}'`)) throw new StartupError(`${own} has ${type} already`, 'choose another name');
  const list = readFileSync(join(root, registry), 'utf8')
    .replace(/\n\n\/\*\* Every event/, `\nimport { ${contract} } from './${room}.ts';\n\n/** Every event`)
    .replace(/^(export const CONTRACTS[\s\S]*?)^\];/m, `$1  ${contract},\n];`);
  const made = `
export const ${contract} = {
  type: '${type}',
  kind: 'event',
  source: '${room}',
  description: 'What happened, in one sentence. Subject: its id.',
  data: z.object({ id: z.string() }),
} as const satisfies Contract;
`;
  return new Map([
    [own, text + made],
    [registry, list],
  ]);
};

const withSample = (root: string, room: string, contract: string): [string, string] => {
  const path = 'packages/events/src/samples.ts';
  const text = readFileSync(join(root, path), 'utf8')
    .replace(/\n\nconst time/, `\nimport { ${contract} } from './${room}.ts';\n\nconst time`)
    .replace(
      /^(export const \w+[^\n]*= \[[\s\S]*?)^\]/m,
      `$1  sample(${contract}, '01980c6e-5a10-7c3e-9b1f-2f6d1c9a4eff', { id: '01980c6e-5a10-7c3e-9b1f-2f6d1c9a4eff' }),\n]`,
    );
  return [path, text];
};

const withRow = (root: string, room: string, type: string): [string, string] => {
  const path = 'packages/events/README.md';
  const text = readFileSync(join(root, path), 'utf8');
  return [path, text.replace(/^(\| `order\.command-finished)/m, `| \`${type}\` | ${room} | what happened |\n$1`)];
};

const makeEvent = async (root: string, [room, name]: readonly string[], write: Write): Promise<number> => {
  folderOf(root, room);
  const [, subject, happened] = EVENT.exec(name ?? '') ?? [];
  if (room === undefined || subject === undefined || happened === undefined || !PAST_TENSE.test(happened))
    throw new StartupError(
      `'${name ?? ''}' cannot be the name of an event`,
      'a subject, a dot, the past tense: supergraph new event order order.reopened',
    );
  const contract = camel(`${subject}-${happened}`);
  const files = withContract(root, room, `${subject}.${happened}.v1`, contract);
  files.set(...withSample(root, room, contract)).set(...withRow(root, room, `${subject}.${happened}.v1`));
  const journal = createChangeJournal(root);
  try {
    for (const [path, text] of files) journal.write(path, text);
    await format(root, [...files.keys()]);
    const { runTool } = await import('./run-tool.ts');
    journal.watch('docs/asyncapi.yaml');
    const { code, output } = await runTool(root, 'node', ['tests/asyncapi-document.ts']);
    if (code !== 0) throw new StartupError(`docs/asyncapi.yaml cannot be written\n${output.trim()}`, 'nothing was kept');
  } catch (error) {
    journal.rollBack();
    throw error;
  }
  write(`✓ ${subject}.${happened}.v1 in ${[...files.keys()].join(', ')}, docs/asyncapi.yaml
  Write     its description and data in packages/events/src/${room}.ts, its row in packages/events/README.md, the room's card, and publish(event) in a use case
  Test it   npx vitest run packages/events
  Undo      git checkout -p packages/events docs/asyncapi.yaml
`);
  return 0;
};

/** `supergraph new use-case|event`. @throws StartupError for a kind, room or name that cannot be. */
export const makePart = async (root: string, kind: string | undefined, names: readonly string[], write: Write): Promise<number> => {
  if (kind === 'use-case') return makeUseCase(root, names, write);
  if (kind === 'event') return makeEvent(root, names, write);
  throw new StartupError(
    kind === undefined ? 'new what?' : `there is no 'new ${kind}'`,
    'one of: subgraph, use-case, event, view; see supergraph new --help',
  );
};
