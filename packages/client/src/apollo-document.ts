import { type DocumentNode, parse } from 'graphql';
import type { OperationDocument } from './operation-request.ts';
import type { DocumentTypeDecoration } from './typed-document.ts';

/** A parsed operation with the types of its document, as Apollo Client takes it. */
export type ApolloDocument<Data, Variables> = DocumentNode & DocumentTypeDecoration<Data, Variables>;

const parsed = new WeakMap<object, DocumentNode>();
/** By name: Apollo Client passes copies of documents to its links. */
const ids = new Map<string, string>();

const nameOf = ({ definitions }: DocumentNode): string | undefined => {
  for (const definition of definitions) if (definition.kind === 'OperationDefinition') return definition.name?.value;
  return undefined;
};

/** The document for Apollo Client's hooks and methods; the same object for the same document. Needs the `graphql` package. */
export const apolloDocument = <Data, Variables>(document: OperationDocument<Data, Variables>): ApolloDocument<Data, Variables> => {
  let node = parsed.get(document);
  if (node === undefined) {
    node = parse(document.toString());
    parsed.set(document, node);
    const name = nameOf(node);
    const id = document.__meta__?.['hash'];
    if (name !== undefined && typeof id === 'string') ids.set(name, id);
  }
  return node as ApolloDocument<Data, Variables>;
};

/**
 * The hash that stands for a document: `generateHash` of Apollo Client's PersistedQueryLink.
 * @throws Error for a document that `apolloDocument` did not make: it has no id.
 */
export const persistedHash = (node: DocumentNode): string => {
  const name = nameOf(node) ?? '';
  const id = ids.get(name);
  if (id === undefined) throw new Error(`the operation '${name}' has no id: make its document with apolloDocument`);
  return id.replace(/^sha256:/, '');
};
