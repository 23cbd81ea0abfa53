import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { DRY_RUN_HEADER, purposeOf } from '@supergraph/identity/delegation';
import type { Identity } from '@supergraph/identity/identity';
import type { FastifyRequest } from 'fastify';
import { isData } from '../engine/merge.ts';
import { WHOLE_GRAPH } from '../settings/contract-view.ts';

/** Parameters of a GraphQL request as they came, unchecked. */
export type Parameters = Readonly<Record<string, unknown>>;

/** What is known of a request to run something, whatever brought it. */
export interface RequestFacts {
  headers: IncomingHttpHeaders;
  /** Of the socket. */
  remoteAddress: string | undefined;
  contract: string;
  parameters: Parameters;
}

type Headed = Pick<RequestFacts, 'headers'>;

const FORWARDED = ['traceparent', 'tracestate'];
const REQUEST_ID = /^[\w.:-]{1,128}$/;
const CLIENT_NAME = /^[\w@./ -]{1,64}$/;

const header = (request: Headed, ...names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = request.headers[name];
    if (typeof value === 'string') return value;
  }
  return undefined;
};

const sane = (value: string | undefined, pattern: RegExp): string | undefined => (value !== undefined && pattern.test(value) ? value : undefined);

/** No contract has this name. */
const NO_CONTRACT = '/';

/** The contract that the path names; `//graphql` names none. */
export const contractOf = ({ params }: FastifyRequest): string => {
  const { contract = WHOLE_GRAPH } = params as { contract?: string };
  return contract === '' && 'contract' in (params as object) ? NO_CONTRACT : contract;
};

/** The client's own id when it is sane. */
export const requestIdOf = (request: Headed): string => sane(header(request, 'x-request-id'), REQUEST_ID) ?? randomUUID();

/** What a client says about itself; it proves nothing. */
export const clientOf = (request: Headed): { clientName?: string; clientVersion?: string } => {
  const name = sane(header(request, 'apollographql-client-name', 'graphql-client-name'), CLIENT_NAME);
  const version = sane(header(request, 'apollographql-client-version', 'graphql-client-version'), CLIENT_NAME);
  return { ...(name === undefined ? {} : { clientName: name }), ...(version === undefined ? {} : { clientVersion: version }) };
};

/** Headers that go on to every subgraph. The client's token does not: subgraphs get one of ours. */
export const forwardedHeadersOf = (request: Headed, requestId: string): Map<string, string> => {
  const headers = new Map([['x-request-id', requestId]]);
  for (const name of FORWARDED) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  return headers;
};

/** Apollo Server refuses what they may not be. */
export const parametersOf = ({ method, query, body }: FastifyRequest): Parameters => {
  const source: unknown = method === 'GET' ? query : body;
  return isData(source) ? source : {};
};

export const showsCost = (request: Headed): boolean => header(request, 'x-expose-cost') === 'true';

/** For services that work for somebody: a person sees what they may not have when they ask for it. */
export const isDryRun = (request: Headed, identity: Identity): boolean =>
  purposeOf(identity) !== undefined && header(request, DRY_RUN_HEADER) === 'true';
