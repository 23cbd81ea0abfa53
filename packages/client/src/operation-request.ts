import type { DocumentTypeDecoration } from './typed-document.ts';

/** A generated document; one with an id (`__meta__.hash`) is sent by it alone. */
export interface OperationDocument<Data, Variables> extends DocumentTypeDecoration<Data, Variables> {
  __meta__?: Readonly<Record<string, unknown>> | undefined;
  toString(): string;
}

/** The longest URL that every browser, proxy and cache takes; a longer request is sent by POST. */
const MAX_URL_LENGTH = 2_000;

const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

/** Variables and nothing that identifies the caller stand in the URL: see `queries` of the client's settings. */
const byGet = (url: string, id: string, variables: unknown): string => {
  const parameters = new URLSearchParams({ documentId: id });
  if (variables !== undefined) parameters.set('variables', JSON.stringify(variables));
  return `${url}${url.includes('?') ? '&' : '?'}${parameters}`;
};

/** Generated documents begin with the operation; its fragments follow. */
const isQuery = (document: string): boolean => /^\s*(?:query\b|\{)/.test(document);

export interface RequestParts {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body: string | undefined;
}

/**
 * The request of an operation (https://graphql.github.io/graphql-over-http/draft/, with its appendix on persisted documents).
 * @param prefersGet sends a query that has an id by GET, unless its URL became too long.
 */
export const requestOf = (url: string, document: OperationDocument<unknown, never>, variables: unknown, prefersGet: boolean): RequestParts => {
  const text = document.toString();
  const hash = document.__meta__?.['hash'];
  const id = typeof hash === 'string' ? hash : undefined;
  if (prefersGet && id !== undefined && isQuery(text)) {
    const target = byGet(url, id, variables);
    // Servers refuse a GET that a form of a foreign page could send as well.
    if (target.length <= MAX_URL_LENGTH)
      return { url: target, method: 'GET', headers: { accept: ACCEPT, 'apollo-require-preflight': 'true' }, body: undefined };
  }
  const body = JSON.stringify(id === undefined ? { query: text, variables } : { documentId: id, variables });
  return { url, method: 'POST', headers: { accept: ACCEPT, 'content-type': 'application/json' }, body };
};
