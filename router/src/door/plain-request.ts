import type { IncomingMessage } from 'node:http';
import { checkRequest } from '@supergraph/service/request-checks';
import { isData } from '../engine/merge.ts';
import type { KnownOperations } from '../gateway/supergraph-gateway.ts';
import { TOKEN_HEADER } from '../streams/http-streams.ts';

/** A request whose answer needs nothing but its operation to be known, as far as its head tells. */
export interface PlainRequest {
  /** Empty for the whole graph. */
  contract: string;
  /** As the framework's routes have it. */
  route: string;
  bodyBytes: number;
  /** The media type of the answer. */
  answerType: string;
}

type PlainOperation = Parameters<KnownOperations['run']>[0];

const PATH = /^\/(?:([\w-]+)\/)?graphql$/;
const BODY_TYPE = /^application\/json(; ?charset=utf-8)?$/i;
/** Less than the buffer of a request holds before somebody reads it. */
const MAX_BODY_BYTES = 16_000;

const LEGACY = 'application/json; charset=utf-8';
const CURRENT = 'application/graphql-response+json; charset=utf-8';

/** What Apollo Server answers with, by what is accepted; it decides itself about everything else. */
const ANSWER_TYPES: ReadonlyMap<string | undefined, string> = new Map([
  [undefined, LEGACY],
  ['*/*', LEGACY],
  ['application/json', LEGACY],
  ['application/graphql-response+json', CURRENT],
  ['application/graphql-response+json, application/json;q=0.9', CURRENT],
  ['application/graphql-response+json,application/json;q=0.9', CURRENT],
]);

/** Headers that Apollo Server's plugins or streams answer to. */
const SPECIAL_HEADERS = ['apollo-expose-query-plan', 'hive-expose-query-plan', TOKEN_HEADER];

type Head = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders'>;

const isGood = (head: Head): boolean => {
  try {
    checkRequest(head);
    return true;
  } catch {
    return false;
  }
};

/** @returns undefined for a request that takes a closer look, also to be refused. */
export const plainRequest = (head: Head, bodyLimit: number): PlainRequest | undefined => {
  const { method, url = '', headers } = head;
  if (method !== 'POST' || !BODY_TYPE.test(headers['content-type'] ?? '')) return undefined;
  const bodyBytes = Number(headers['content-length']);
  if (!(bodyBytes > 0 && bodyBytes <= MAX_BODY_BYTES && bodyBytes <= bodyLimit)) return undefined;
  const path = PATH.exec(url);
  const answerType = ANSWER_TYPES.get(headers.accept);
  if (path === null || answerType === undefined || SPECIAL_HEADERS.some((name) => name in headers) || !isGood(head)) return undefined;
  const [, contract = ''] = path;
  return { contract, route: contract === '' ? '/graphql' : '/:contract/graphql', bodyBytes, answerType };
};

/** As JSON may write the letters of the names below. */
const ESCAPED_LETTER = /\\u00[567]/;

/** Whether there may be a member whose name the framework refuses. */
const isSuspect = (body: string): boolean =>
  body.includes('__proto__') || body.includes('constructor') || (body.includes('\\u00') && ESCAPED_LETTER.test(body));

/** The parameters in a body; undefined for one that the framework is to judge. */
export const plainParameters = (body: string): Record<string, unknown> | undefined => {
  if (isSuspect(body)) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    return isData(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const PLAIN_PARAMETERS = new Set(['query', 'operationName', 'variables']);

/** An operation with its variables, when the parameters are nothing else. */
export const plainOperation = (parameters: Readonly<Record<string, unknown>>): PlainOperation | undefined => {
  for (const name in parameters) if (!PLAIN_PARAMETERS.has(name)) return undefined;
  const { query, operationName, variables } = parameters as Record<keyof PlainOperation, unknown>;
  if (typeof query !== 'string' || query === '') return undefined;
  const name = operationName ?? undefined;
  const values = variables ?? {};
  return (name === undefined || typeof name === 'string') && isData(values) ? { query, operationName: name, variables: values } : undefined;
};
