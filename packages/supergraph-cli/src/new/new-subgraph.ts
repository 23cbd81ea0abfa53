import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import type { Topology } from '../topology.ts';
import { type ChangeJournal, createChangeJournal } from './change-journal.ts';
import { writeRecord } from './creation-record.ts';
import { type EntityFacts, entityFacts, takenNames } from './entity-facts.ts';
import { freePort } from './free-port.ts';
import { compose, documents, format, generate } from './generated-files.ts';
import { registered } from './registrations.ts';
import { renderTemplates } from './render-templates.ts';
import { pluralType, type SubgraphNames, subgraphNames } from './subgraph-names.ts';

export interface SubgraphRequest {
  room: string;
  /** The entity that gets a list of the new one. */
  extends: string;
  type?: string | undefined;
  /** As CODEOWNERS has them. */
  owners?: string | undefined;
}

export interface NewSubgraph {
  names: SubgraphNames;
  entity: EntityFacts;
  port: number;
  /** From the root. */
  testFolders: string[];
  /** A query that joins the new subgraph with the owner. */
  query: string;
}

const lower = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const split = (name: string, by: string): string =>
  name
    .split(/(?=[A-Z])/)
    .join(by)
    .toLowerCase();

/** What the templates ask for. */
const valuesOf = (names: SubgraphNames, entity: EntityFacts, port: number): Record<string, string> => {
  const owner = lower(entity.name);
  const ownerPlural = pluralType(entity.name);
  return {
    room: names.room,
    PREFIX: names.prefix,
    Type: names.type,
    one: names.one,
    many: names.many,
    Many: names.Many,
    'Many words': upper(names.manyWords),
    oneKebab: names.oneKebab,
    manyKebab: names.manyKebab,
    CONSTANT: names.constant,
    table: names.table,
    words: names.words,
    manyWords: names.manyWords,
    port: String(port),
    Owner: entity.name,
    owner,
    ownerWords: split(entity.name, ' '),
    ownerPlural: split(ownerPlural, ' '),
    OwnerPlural: ownerPlural,
    'OwnerPlural words': upper(split(ownerPlural, ' ')),
    ownerSnake: split(entity.name, '_'),
    ownerKebab: split(entity.name, '-'),
    ownerRoom: entity.owner,
    ownerDescription: entity.description,
    key: entity.key.name,
    Key: upper(entity.key.name),
    keySnake: split(entity.key.name, '_'),
    keyType: entity.key.type,
    keyDescription: entity.key.description,
    sampleField: entity.sampleField ?? '',
    listField: entity.listField ?? '',
  };
};

const checkFree = (topology: Topology, names: SubgraphNames, entity: EntityFacts): void => {
  const { room } = names;
  if (topology.subgraphs.some(({ name }) => name === room)) throw new StartupError(`there is already a subgraph '${room}'`, 'choose another name');
  for (const path of [`subgraphs/${room}`, `tests/scenarios/${room}`])
    if (existsSync(join(topology.root, path))) throw new StartupError(`${path} exists already`, `choose another name, or remove ${path}`);
  const packages = join(topology.root, 'packages');
  if (existsSync(join(packages, room)) || existsSync(join(topology.root, 'node_modules', '@supergraph', room)))
    throw new StartupError(`there is already a package '@supergraph/${room}'`, 'choose another name');
  if (readdirSync(packages).length === 0) throw new StartupError('packages/ is empty', 'run the command in a whole checkout');
  const taken = takenNames(topology);
  const types = ['', 'Connection', 'Edge'].map((end) => names.type + end).concat([`Add${names.type}Input`, `Add${names.type}Payload`]);
  const type = types.find((name) => taken.types.has(name));
  if (type !== undefined) throw new StartupError(`${taken.types.get(type)} has a type ${type} already`, 'name the entity differently: --type NAME');
  const field = [`Query.${names.one}`, `Mutation.add${names.type}`, `${entity.name}.${names.many}`].find((name) => taken.fields.has(name));
  if (field !== undefined) throw new StartupError(`${taken.fields.get(field)} has ${field} already`, 'name the entity differently: --type NAME');
};

const writeFiles = (journal: ChangeJournal, values: Record<string, string>, names: SubgraphNames, entity: EntityFacts): Record<string, unknown> => {
  const room = renderTemplates('subgraph', values);
  const scenario = ['scenario', entity.listField === undefined ? 'scenario-key' : 'scenario-list'].flatMap((folder) => [
    ...renderTemplates(folder, values),
  ]);
  for (const [path, text] of room) journal.write(`subgraphs/${names.room}/${path}`, text);
  for (const [path, text] of scenario) journal.write(`tests/scenarios/${names.room}/${path}`, text);
  return JSON.parse(room.get('package.json') ?? '{}') as Record<string, unknown>;
};

const queryOf = ({ many, one }: SubgraphNames, { listField, key, sampleField = '' }: EntityFacts): string =>
  listField === undefined
    ? `{ ${one}(id: "…") { text } }`
    : `{ ${listField}(first: 3) { nodes { ${key.name} ${sampleField}${sampleField === '' ? '' : ' '}${many} { nodes { text createdAt } } } } }`;

/**
 * Makes a subgraph that extends an entity: files, registration, composition, types. All or nothing, also when it is interrupted.
 * @throws StartupError saying which name stands in the way, or what failed.
 */
export const newSubgraph = async (topology: Topology, request: SubgraphRequest, tell: (step: string) => void): Promise<NewSubgraph> => {
  const { root } = topology;
  const names = subgraphNames(request.room, request.type);
  const entity = entityFacts(topology, request.extends);
  checkFree(topology, names, entity);
  const port = freePort(topology);
  if (port === undefined) throw new StartupError('no port from 4001 to 4099 is free in supergraph.yaml', 'write the entry by hand');
  const journal = createChangeJournal(root);
  // Ctrl-C ends the process without coming back here.
  process.once('exit', journal.rollBack);
  try {
    const manifest = writeFiles(journal, valuesOf(names, entity, port), names, entity);
    const room = { names, port, owners: request.owners ?? `@supergraph/${names.room}`, manifest };
    for (const [path, text] of registered(root, room)) journal.write(path, text);
    journal.link(`node_modules/@supergraph/${names.room}`, `../../subgraphs/${names.room}`);
    for (const path of ['supergraph.graphql', ...composedContracts(root), ...documents(root)]) journal.watch(path);
    tell(`composed: ${compose(root).join(', ')}`);
    await format(root, [`subgraphs/${names.room}`, `tests/scenarios/${names.room}`]);
    await generate(root);
    tell('types and documents written');
    writeRecord(root, names.room, journal.created());
  } catch (error) {
    journal.rollBack();
    throw error;
  } finally {
    process.off('exit', journal.rollBack);
  }
  const testFolders = [`subgraphs/${names.room}`, `tests/scenarios/${names.room}`];
  return { names, entity, port, testFolders, query: queryOf(names, entity) };
};

const composedContracts = (root: string): string[] => {
  const folder = join(root, 'contracts');
  return existsSync(folder) ? readdirSync(folder).map((name) => `contracts/${name}`) : [];
};
