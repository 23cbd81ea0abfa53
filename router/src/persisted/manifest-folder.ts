import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { ManifestError, type PersistedDocument, readManifest } from './manifest-file.ts';

/** Documents by the SHA-256 of their text. */
export type Documents = ReadonlyMap<string, PersistedDocument>;

const MAX_FILE_BYTES = 8 * 1_048_576;
const MAX_FILES = 500;
const MAX_BYTES = 64 * 1_048_576;

const cannotUse = (file: string, reason: string, cause?: unknown): StartupError =>
  new StartupError(
    `router cannot use the manifest ${file}: ${reason}`,
    'write it with npm run manifests, or take its client out of router.yaml',
    cause,
  );

const manifestsIn = (folder: string): string[] => {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw cannotUse(folder, (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'the client has no folder' : String(error), error);
  }
  const files = names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name));
  if (files.length > MAX_FILES) throw cannotUse(folder, `it has ${files.length} files, expected no more than ${MAX_FILES}`);
  return files.toSorted();
};

const readFile = (file: string): Documents => {
  try {
    const { size } = statSync(file);
    if (size > MAX_FILE_BYTES) throw new ManifestError(`it has ${size} bytes, expected no more than ${MAX_FILE_BYTES}`);
    return readManifest(readFileSync(file, 'utf8'));
  } catch (error) {
    throw cannotUse(file, error instanceof Error ? error.message : String(error), error);
  }
};

/** The documents of every version of some clients. @throws StartupError with the file that is broken, and why. */
export const readClients = (folder: string, clients: Iterable<string>): ReadonlyMap<string, Documents> => {
  let bytes = 0;
  const read = (file: string): Documents => {
    const documents = readFile(file);
    for (const { text } of documents.values()) bytes += 2 * text.length;
    if (bytes > MAX_BYTES) throw cannotUse(file, `with it all manifests take more than ${MAX_BYTES} bytes`);
    return documents;
  };
  return new Map(
    [...new Set(clients)].map((client) => [client, new Map(manifestsIn(join(folder, client)).flatMap((file) => [...read(file)]))] as const),
  );
};

/** Differs when a file was added, taken away or written; cheap to ask for again and again. */
export const stateOfClients = (folder: string, clients: Iterable<string>): string => {
  const states: string[] = [];
  for (const client of clients) {
    try {
      for (const file of manifestsIn(join(folder, client))) {
        const { mtimeMs, size, ino } = statSync(file);
        states.push(`${file} ${mtimeMs} ${size} ${ino}`);
      }
    } catch {
      states.push(`${client} is not there`);
    }
  }
  return states.join('\n');
};
