import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { z } from 'zod';
import { reasonOf } from './check/settings.ts';
import type { Client } from './clients.ts';
import { writeWhole } from './composed-files.ts';

/** Documents by id, `sha256:` and the hash of the text: the ids of the GraphQL-over-HTTP draft's appendix on persisted documents. */
export type Manifest = Readonly<Record<string, string>>;

const shape = z.record(z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected an id: sha256: and 64 hexadecimal digits'), z.string());

const NEXT = 'next';
const VERSION = /^\d{1,9}\.\d{1,9}\.\d{1,9}(-[0-9A-Za-z.-]{1,64})?$/;

const fileOf = ({ name }: Client, version: string): string => `clients/${name}/${version}.json`;

/** @throws StartupError naming the file and what is wrong with it. */
export const readManifest = (root: string, file: string): Manifest => {
  try {
    return shape.parse(JSON.parse(readFileSync(join(root, file), 'utf8')));
  } catch (error) {
    throw new StartupError(`${file} is not a manifest: ${reasonOf(error)}`, 'restore the file from git: a released manifest never changes', error);
  }
};

/** What a client may send now, as it was written last; empty before that. */
export const nextManifest = (root: string, client: Client): Manifest => {
  const file = fileOf(client, NEXT);
  return existsSync(join(root, file)) ? readManifest(root, file) : {};
};

/** The released manifests of a client, by file name. */
export const releasesOf = (root: string, client: Client): { version: string; file: string }[] => {
  const folder = join(root, 'clients', client.name);
  if (!existsSync(folder)) return [];
  const versions = readdirSync(folder).filter((file) => file.endsWith('.json') && file !== `${NEXT}.json`);
  return versions.sort().map((file) => ({ version: basename(file, '.json'), file: fileOf(client, basename(file, '.json')) }));
};

const operationName = (text: string): string => /\b(?:query|mutation|subscription) (\w+)/.exec(text)?.[1] ?? '';

/** In the order of the operations' names, so that a diff shows what changed. */
const print = (manifest: Manifest): string => {
  const entries = Object.entries(manifest).sort(([, a], [, b]) => (operationName(a) < operationName(b) ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
};

const generatedText = (root: string, { types }: Client): string => {
  const file = join(types, 'persisted-documents.json');
  if (!existsSync(join(root, file))) throw new StartupError(`there is no ${file}`, 'run npm run codegen first');
  return print(readManifest(root, file));
};

const textOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/**
 * Compares `clients/<name>/next.json` of every client with what codegen made of its operations, and writes it if asked to.
 * @returns the files that are stale, or were.
 * @throws StartupError when codegen has not run.
 */
export const updateManifests = (root: string, clients: readonly Client[], { write }: { write: boolean }): string[] =>
  clients.flatMap((client) => {
    const file = fileOf(client, NEXT);
    const text = generatedText(root, client);
    if (textOf(join(root, file)) === text) return [];
    if (write) writeWhole(join(root, file), text);
    return [file];
  });

/**
 * Keeps what a client may send now as the manifest of a release, which is never changed again.
 * @returns the file.
 * @throws StartupError when the client is unknown, the version is none or released, or its manifest is stale.
 */
export const releaseManifest = (root: string, clients: readonly Client[], name: string | undefined, version: string | undefined): string => {
  const client = clients.find((candidate) => candidate.name === name);
  if (client === undefined)
    throw new StartupError(`there is no client '${name ?? ''}'`, `expected one of ${clients.map((candidate) => candidate.name).join(', ')}`);
  if (version === undefined || !VERSION.test(version))
    throw new StartupError(`'${version ?? ''}' is not a version`, 'expected MAJOR.MINOR.PATCH, for instance 1.4.0');
  const file = fileOf(client, version);
  if (existsSync(join(root, file))) throw new StartupError(`${file} is there: a released manifest never changes`, 'release the next version');
  if (updateManifests(root, [client], { write: false }).length > 0)
    throw new StartupError(`${fileOf(client, NEXT)} is stale`, 'run npm run manifests, and look at the diff');
  writeWhole(join(root, file), print(readManifest(root, fileOf(client, NEXT))));
  return file;
};
