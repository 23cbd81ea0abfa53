import type { DocumentNode } from 'graphql';
import { createTextCache } from '../limits/text-cache.ts';

/** A document that Apollo Server parsed, and found valid for the schema that is served. */
export interface KnownDocument {
  document: DocumentNode;
  /** Hash of its text. */
  queryHash: string;
}

export interface KnownDocuments {
  find(text: string): KnownDocument | undefined;
  add(text: string, known: KnownDocument): void;
}

/** A parsed document takes about 60 times the memory of its text, of which the cache counts two bytes a character. */
const BYTES_OF_TEXTS = 512 * 1024;

/** Documents by their exact text, the least recently used given up: about 16 MB of them. One set for each supergraph. */
export const createKnownDocuments = (): KnownDocuments => {
  const documents = createTextCache<KnownDocument>(BYTES_OF_TEXTS);
  return { find: documents.get, add: documents.set };
};
