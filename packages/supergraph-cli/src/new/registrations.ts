import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { SubgraphNames } from './subgraph-names.ts';

type RoomNames = Pick<SubgraphNames, 'room' | 'prefix'>;

/** A place outside its own folder where a subgraph is named: how it gets in, and how it gets out again. Both are pure text. */
interface Registration {
  /** From the root of the checkout. */
  path: string;
  add(text: string, room: NewRoom): string;
  remove(text: string, room: { names: RoomNames }): string;
}

export interface NewRoom {
  names: SubgraphNames;
  port: number;
  owners: string;
  /** As its package.json has it. */
  manifest: Record<string, unknown>;
}

const editYaml = (text: string, edit: (document: ReturnType<typeof parseDocument>) => void): string => {
  const document = parseDocument(text);
  edit(document);
  return document.toString({ lineWidth: 0 });
};

const withoutLines = (text: string, isGone: (line: string) => boolean): string =>
  text
    .split('\n')
    .filter((line) => !isGone(line))
    .join('\n');

const topology: Registration = {
  path: 'supergraph.yaml',
  add: (text, { names: { room }, port }) =>
    editYaml(text, (document) =>
      document.setIn(['subgraphs', room], {
        routing_url: `http://127.0.0.1:${port}/graphql`,
        schema: { file: `./subgraphs/${room}/schema.graphql` },
      }),
    ),
  remove: (text, { names: { room } }) => editYaml(text, (document) => void document.deleteIn(['subgraphs', room])),
};

type Packages = Record<string, Record<string, unknown>>;

const editLockfile = (text: string, edit: (packages: Packages) => void): string => {
  const lockfile = JSON.parse(text) as { packages: Packages };
  edit(lockfile.packages);
  // npm sorts by path, in English, whatever the language of the machine.
  lockfile.packages = Object.fromEntries(Object.entries(lockfile.packages).sort(([one], [other]) => one.localeCompare(other, 'en')));
  return `${JSON.stringify(lockfile, null, 2)}\n`;
};

const lockfile: Registration = {
  path: 'package-lock.json',
  add: (text, { names: { room }, manifest: { name, version, license, dependencies, devDependencies } }) =>
    editLockfile(text, (packages) => {
      packages[`subgraphs/${room}`] = { name, version, license, dependencies, devDependencies } as Record<string, unknown>;
      packages[`node_modules/@supergraph/${room}`] = { resolved: `subgraphs/${room}`, link: true };
    }),
  remove: (text, { names: { room } }) =>
    editLockfile(text, (packages) => {
      delete packages[`subgraphs/${room}`];
      delete packages[`node_modules/@supergraph/${room}`];
    }),
};

const settingsRow = ({ names: { prefix, room }, port }: NewRoom): string =>
  `| \`${prefix}_PORT\`, \`${prefix}_DATABASE_URL\`, \`${prefix}_LOG_LEVEL\`, \`${prefix}_INTERNAL_KEY\` | ${port}, the embedded PostgreSQL, \`info\`, made by \`npm start\` | of the subgraph ${room}, as of the others |`;

const readme: Registration = {
  path: 'README.md',
  add: (text, room) => text.replace(/^\| `ROUTER_SUBGRAPH_KEYS`/m, `${settingsRow(room).replaceAll('$', '$$$$')}\n$&`),
  remove: (text, { names: { prefix } }) => withoutLines(text, (line) => line.startsWith(`| \`${prefix}_PORT\`, \`${prefix}_DATABASE_URL\``)),
};

const codeOwners: Registration = {
  path: 'CODEOWNERS',
  add: (text, { names: { room }, owners }) => `${text.trimEnd()}\n/subgraphs/${room}/ ${owners}\n/tests/scenarios/${room}/ ${owners}\n`,
  remove: (text, { names: { room } }) =>
    withoutLines(text, (line) => line.startsWith(`/subgraphs/${room}/ `) || line.startsWith(`/tests/scenarios/${room}/ `)),
};

const REGISTRATIONS = [topology, lockfile, readme, codeOwners];

const changed = (root: string, edit: (registration: Registration, text: string) => string): Map<string, string> =>
  new Map(
    REGISTRATIONS.filter(({ path }) => existsSync(join(root, path))).map((registration) => [
      registration.path,
      edit(registration, readFileSync(join(root, registration.path), 'utf8')),
    ]),
  );

/** The files that name every subgraph, with a new one in them. */
export const registered = (root: string, room: NewRoom): Map<string, string> => changed(root, ({ add }, text) => add(text, room));

/** The same files without it. */
export const unregistered = (root: string, names: RoomNames): Map<string, string> => changed(root, ({ remove }, text) => remove(text, { names }));
