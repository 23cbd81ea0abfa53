import type { Identity } from '@supergraph/identity/identity';
import { INTERNAL_TOKEN_HEADER } from '@supergraph/identity/internal-token';
import { DEADLINE_HEADER } from './deadline.ts';

/** What a subgraph is asked, and for whom. */
export interface SubgraphOperation {
  query: string;
  operationName?: string | undefined;
  variables?: Readonly<Record<string, unknown>> | undefined;
  /** The same as JSON, when it is known already. */
  variablesText?: string | undefined;
  identity: Identity;
  headers: ReadonlyMap<string, string>;
}

/** What is the same in every attempt of a fetch. */
export interface SubgraphMessage {
  body: string;
  /** Names and values in turn, without `OWN_HEADERS`. */
  headers: readonly string[];
}

/** Names and values in turn of what every message has. */
export const OWN_HEADERS: readonly string[] = [
  ['content-type', 'application/json'],
  ['accept', 'application/graphql-response+json, application/json'],
  // What is not compressed cannot be a decompression bomb.
  ['accept-encoding', 'identity'],
].flat();
const CONNECTION_HEADERS = ['content-length', 'transfer-encoding', 'host', 'connection', 'keep-alive', 'upgrade', 'expect', 'te'];
const NOT_FORWARDED = new Set([...OWN_HEADERS.filter((_, i) => i % 2 === 0), ...CONNECTION_HEADERS, DEADLINE_HEADER, INTERNAL_TOKEN_HEADER]);

/** @returns the internal token for this body, on behalf of this identity. */
export type Sign = (body: string, identity: Identity) => string;

const bodyOf = ({ query, operationName, variables, variablesText }: SubgraphOperation): string => {
  if (variablesText === undefined) return JSON.stringify({ query, operationName, variables });
  const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`;
  return `{"query":${JSON.stringify(query)}${name},"variables":${variablesText}}`;
};

export const toMessage = (operation: SubgraphOperation, sign: Sign | undefined): SubgraphMessage => {
  const body = bodyOf(operation);
  const headers: string[] = [];
  for (const [name, value] of operation.headers) if (!NOT_FORWARDED.has(name.toLowerCase())) headers.push(name, value);
  if (sign !== undefined) headers.push(INTERNAL_TOKEN_HEADER, sign(body, operation.identity));
  return { body, headers };
};

export const headersOf = ({ headers }: Pick<SubgraphMessage, 'headers'>, remainingMs: number): string[] => [
  ...headers,
  DEADLINE_HEADER,
  String(Math.max(1, Math.floor(remainingMs))),
];
