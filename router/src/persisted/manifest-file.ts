import { createHash } from 'node:crypto';
import { type DocumentNode, Kind, parse } from 'graphql';

/** A document that its client may send by its id alone. */
export interface PersistedDocument {
  text: string;
  /** The name of its operation, when it has only one. */
  soleOperation: string | undefined;
}

const ID = /^sha256:([0-9a-f]{64})$/;

/** A manifest is broken, and why. */
export class ManifestError extends Error {}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The hash that a document identifier of the form `sha256:<hex>` names. */
export const hashOfId = (id: string): string | undefined => ID.exec(id)?.[1];

const show = (id: string): string => JSON.stringify(id.length > 80 ? `${id.slice(0, 80)}…` : id);

const soleOperationOf = ({ definitions }: DocumentNode): string | undefined => {
  const [first, ...others] = definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  return others.length === 0 ? first?.name?.value : undefined;
};

const readDocument = (id: string, text: unknown): [hash: string, document: PersistedDocument] => {
  const hash = hashOfId(id);
  if (hash === undefined) throw new ManifestError(`the id ${show(id)}: expected sha256: and 64 small hexadecimal digits`);
  if (typeof text !== 'string') throw new ManifestError(`${id}: expected the document's text`);
  const actual = hashOf(text);
  if (actual !== hash) throw new ManifestError(`${id}: its text has the hash ${actual}`);
  try {
    return [hash, { text, soleOperation: soleOperationOf(parse(text, { noLocation: true })) }];
  } catch (error) {
    throw new ManifestError(`${id}: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/**
 * The documents of a manifest `{ "sha256:<hash of the text>": "<text>" }` by hash.
 * @throws ManifestError when it is anything else, or an id is not that of its text.
 */
export const readManifest = (json: string): Map<string, PersistedDocument> => {
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch (error) {
    throw new ManifestError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new ManifestError('expected an object of documents by their ids');
  return new Map(Object.entries(content).map(([id, text]) => readDocument(id, text)));
};
