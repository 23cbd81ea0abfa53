import type { Refusal } from '../door/refusal.ts';
import type { Parameters } from '../door/request-facts.ts';
import { isData } from '../engine/merge.ts';
import { hashOf, hashOfId, type PersistedDocument } from './manifest-file.ts';

/** What a door knows of documents that are not sent whole. */
export interface KnownTexts {
  /** Of the manifests. */
  manifest: (hash: string) => PersistedDocument | undefined;
  /** Of automatically persisted queries. */
  automatic: (hash: string) => string | undefined;
  /** Whether nothing is taken but what stands in a manifest. */
  safelist: boolean;
}

const HASH = /^[0-9a-f]{64}$/;
const MAX_ID_LENGTH = 1_024;

const UNCLEAR: Refusal = { status: 400, code: 'BAD_REQUEST', message: 'documentId must be a string, and stands in the place of a query.' };
const UNKNOWN_ID: Refusal = {
  status: 404,
  code: 'PERSISTED_DOCUMENT_NOT_FOUND',
  message: 'No client of this endpoint has a document with this documentId.',
};
/** As Apollo Server says it, so that its clients understand. */
export const UNKNOWN_HASH: Refusal = { status: 200, code: 'PERSISTED_QUERY_NOT_FOUND', message: 'PersistedQueryNotFound' };
export const NOT_LISTED: Refusal = {
  status: 403,
  code: 'QUERY_NOT_IN_SAFELIST',
  message: 'This endpoint takes only the operations of its clients: send a documentId of their manifests.',
};

const given = (value: unknown): boolean => value !== undefined && value !== null;

/** By GET it is JSON text. */
export const extensionsOf = ({ extensions }: Parameters): Parameters => {
  if (typeof extensions !== 'string') return isData(extensions) ? extensions : {};
  try {
    const value: unknown = JSON.parse(extensions);
    return isData(value) ? value : {};
  } catch {
    return {};
  }
};

/** The hash of an automatically persisted query (https://www.apollographql.com/docs/apollo-server/performance/apq). */
export const automaticHash = (extensions: Parameters): string | undefined => {
  const persisted = extensions['persistedQuery'];
  if (!isData(persisted) || persisted['version'] !== 1) return undefined;
  const hash = persisted['sha256Hash'];
  return typeof hash === 'string' && HASH.test(hash) ? hash : undefined;
};

/** The text in the place of what stands for it. */
const withDocument = (parameters: Parameters, { text, soleOperation }: PersistedDocument): Parameters => {
  const { documentId: _id, operationName, extensions: _extensions, ...rest } = parameters;
  const { persistedQuery: _hash, ...extensions } = extensionsOf(parameters);
  const name = operationName === soleOperation || operationName === '' ? undefined : operationName;
  const isEmpty = Object.keys(extensions).length === 0;
  return { ...rest, query: text, ...(name === undefined ? {} : { operationName: name }), ...(isEmpty ? {} : { extensions }) };
};

type Found = { document: PersistedDocument } | { refusal: Refusal } | undefined;

const findById = (documentId: unknown, query: unknown, { manifest }: KnownTexts): Found => {
  if (typeof documentId !== 'string' || documentId.length > MAX_ID_LENGTH || given(query)) return { refusal: UNCLEAR };
  const document = manifest(hashOfId(documentId) ?? '');
  return document === undefined ? { refusal: UNKNOWN_ID } : { document };
};

const findByHash = (extensions: Parameters, { manifest, automatic, safelist }: KnownTexts): Found => {
  const hash = automaticHash(extensions) ?? '';
  const document = manifest(hash);
  if (document !== undefined) return { document };
  if (safelist) return given(extensions['persistedQuery']) ? { refusal: UNKNOWN_HASH } : undefined;
  const text = automatic(hash);
  return text === undefined ? undefined : { document: { text, soleOperation: undefined } };
};

/** The document that an id or a hash stands for; undefined when the request has neither, or Apollo Server has to say what is wrong. */
const findDocument = (parameters: Parameters, texts: KnownTexts): Found => {
  const { documentId, query } = parameters;
  if (given(documentId)) return findById(documentId, query, texts);
  return given(query) ? undefined : findByHash(extensionsOf(parameters), texts);
};

/** A request whose document is at hand. */
export interface ResolvedRequest {
  /** Something stood for the document. */
  isPersisted: boolean;
  parameters: Parameters;
}

/**
 * Turns a request for a persisted document into one with the document itself
 * (https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20A%20--%20Persisted%20Documents.md).
 * A document that is sent whole passes a safelist when it is, byte for byte, one of a manifest.
 * @returns it, or why it is refused.
 */
export const resolvePersisted = (parameters: Parameters, texts: KnownTexts): Refusal | ResolvedRequest => {
  const found = findDocument(parameters, texts);
  if (found !== undefined) return 'refusal' in found ? found.refusal : { isPersisted: true, parameters: withDocument(parameters, found.document) };
  const { query } = parameters;
  if (texts.safelist && typeof query === 'string' && texts.manifest(hashOf(query)) === undefined) return NOT_LISTED;
  return { isPersisted: false, parameters };
};
