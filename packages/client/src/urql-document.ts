import type { OperationDocument } from './operation-request.ts';
import type { DocumentTypeDecoration } from './typed-document.ts';

/**
 * A persisted operation with the types of its document, as urql takes it: an id, the operation's kind and its name.
 * `kind` and `definitions` are there. Their types of graphql and of urql exclude each other; `never` suits both, and needs neither installed.
 */
export interface UrqlDocument<Data, Variables> extends DocumentTypeDecoration<Data, Variables> {
  readonly kind: never;
  readonly definitions: never;
  readonly documentId: string;
}

const made = new WeakMap<object, object>();

const make = (document: OperationDocument<unknown, never>): object => {
  const documentId = document.__meta__?.['hash'];
  if (typeof documentId !== 'string') throw new Error('the document has no id: it was generated without persisted documents');
  const [, operation, value] = /^\s*(query|mutation|subscription)\s+(\w+)/.exec(document.toString()) ?? [];
  const selectionSet = { kind: 'SelectionSet', selections: [] };
  return { kind: 'Document', documentId, definitions: [{ kind: 'OperationDefinition', operation, name: { kind: 'Name', value }, selectionSet }] };
};

/**
 * The document for urql's hooks and methods; the same object for the same document.
 * @throws Error for a document without an id.
 */
export const urqlDocument = <Data, Variables>(document: OperationDocument<Data, Variables>): UrqlDocument<Data, Variables> => {
  const node = made.get(document) ?? make(document);
  made.set(document, node);
  return node as UrqlDocument<Data, Variables>;
};

/** The operation as urql's fetchExchange sends it by its id alone: `mapExchange({ onOperation: sendById })` goes before that exchange. */
export const sendById = <Operation extends { query: object }>(operation: Operation): Operation =>
  'documentId' in operation.query ? { ...operation, query: { ...operation.query, definitions: [] } } : operation;
