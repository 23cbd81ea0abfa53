import type { FastifyRequest } from 'fastify';
import type { Refusal } from '../door/refusal.ts';
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

type Parameters = Readonly<Record<string, unknown>>;

const HASH = /^[0-9a-f]{64}$/;
const MAX_ID_LENGTH = 1_024;

const UNCLEAR: Refusal = { status: 400, code: 'BAD_REQUEST', message: 'documentId must be a string, and stands in the place of a query.' };
const UNKNOWN_ID: Refusal = {
  status: 404,
  code: 'PERSISTED_DOCUMENT_NOT_FOUND',
  message: 'No client of this endpoint has a document with this documentId.',
};
/** As Apollo Server says it, so that its clients understand. */
const UNKNOWN_HASH: Refusal = { status: 200, code: 'PERSISTED_QUERY_NOT_FOUND', message: 'PersistedQueryNotFound' };
export const NOT_LISTED: Refusal = {
  status: 403,
  code: 'QUERY_NOT_IN_SAFELIST',
  message: 'This endpoint takes only the operations of its clients: send a documentId of their manifests.',
};

const given = (value: unknown): boolean => value !== undefined && value !== null;

/** By GET it is JSON text. */
const extensionsOf = ({ extensions }: Parameters): Parameters => {
  if (typeof extensions !== 'string') return isData(extensions) ? extensions : {};
  try {
    const value: unknown = JSON.parse(extensions);
    return isData(value) ? value : {};
  } catch {
    return {};
  }
};

/** The hash of an automatically persisted query (https://www.apollographql.com/docs/apollo-server/performance/apq). */
const automaticHash = (extensions: Parameters): string | undefined => {
  const persisted = extensions['persistedQuery'];
  if (!isData(persisted) || persisted['version'] !== 1) return undefined;
  const hash = persisted['sha256Hash'];
  return typeof hash === 'string' && HASH.test(hash) ? hash : undefined;
};

/** Puts the text in the place of what stands for it. */
const replaceDocument = (request: FastifyRequest, parameters: Parameters, { text, soleOperation }: PersistedDocument): void => {
  const { documentId: _id, operationName, extensions: _extensions, ...rest } = parameters;
  const { persistedQuery: _hash, ...extensions } = extensionsOf(parameters);
  const name = operationName === soleOperation || operationName === '' ? undefined : operationName;
  const isEmpty = Object.keys(extensions).length === 0;
  const whole = { ...rest, query: text, ...(name === undefined ? {} : { operationName: name }) };
  if (request.method === 'GET') {
    const replaced = { ...whole, ...(isEmpty ? {} : { extensions: JSON.stringify(extensions) }) };
    const entries = Object.entries(replaced).flatMap(([key, value]) => [value].flat().map((one) => [key, String(one)]));
    request.query = replaced;
    request.raw.url = `${request.url.split('?')[0]}?${new URLSearchParams(entries)}`;
  } else request.body = { ...whole, ...(isEmpty ? {} : { extensions }) };
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

/**
 * Turns a request for a persisted document into one with the document itself
 * (https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20A%20--%20Persisted%20Documents.md).
 * A document that is sent whole passes a safelist when it is, byte for byte, one of a manifest.
 * @returns why it is refused, or whether it stood for its document.
 */
export const resolvePersisted = (request: FastifyRequest, texts: KnownTexts): Refusal | { isPersisted: boolean } => {
  const source: unknown = request.method === 'GET' ? request.query : request.body;
  const parameters = isData(source) ? source : {};
  const found = findDocument(parameters, texts);
  if (found !== undefined) {
    if ('refusal' in found) return found.refusal;
    replaceDocument(request, parameters, found.document);
    return { isPersisted: true };
  }
  const { query } = parameters;
  if (texts.safelist && typeof query === 'string' && texts.manifest(hashOf(query)) === undefined) return NOT_LISTED;
  return { isPersisted: false };
};
