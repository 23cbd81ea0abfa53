import { performance } from 'node:perf_hooks';
import { purposeOf } from '@supergraph/identity/delegation';
import type { Identity } from '@supergraph/identity/identity';
import type { TokenVerifier } from '@supergraph/identity/token-verifier';
import type { Logger } from '@supergraph/service/logging';
import type { PersistedDocuments } from '../persisted/persisted-documents.ts';
import { type KnownTexts, resolvePersisted } from '../persisted/persisted-request.ts';
import type { RateLimitedRequest } from '../rate-limit/request-rate-limit.ts';
import type { RequestContext } from '../request-context.ts';
import { admissionOf } from '../settings/contract-view.ts';
import { DEADLINE_HEADER, readDeadline } from '../subgraphs/deadline.ts';
import type { ContractServer } from './contract-servers.ts';
import type { GuardsInForce } from './guards-in-force.ts';
import { type Refusal, refusalOfDomainError, refusalOfError, refusalOfRateLimit } from './refusal.ts';
import { clientOf, forwardedHeadersOf, isDryRun, type Parameters, type RequestFacts, requestIdOf, showsCost } from './request-facts.ts';

export interface AdmissionOptions {
  persisted: Pick<PersistedDocuments, 'find'>;
  verifyToken: TokenVerifier;
  /** The guards of this moment. */
  guards: (contract: string) => GuardsInForce;
  logger: Logger;
}

export interface Admitted {
  context: RequestContext;
  /** With the document in the place of what stood for it. */
  parameters: Parameters;
}

/** How a request was let in or refused, and what its answer says of it either way. */
export interface Admittance {
  admitted: Admitted | Refusal;
  headers: AnswerHeaders;
}

/** Of a contract. */
type AdmittingServer = Pick<ContractServer, 'automatic'>;

/** Headers that belong on the answer either way. */
export type AnswerHeaders = Record<string, string>;

export interface Admission {
  /** Who asks, by the value of an `Authorization` header. */
  identify(authorization: string | undefined): Promise<Identity | Refusal>;
  /** Who asks, then what may be asked at all, cheapest first. What is refused here was neither parsed nor planned. */
  admit(request: RequestFacts, server: AdmittingServer, headers: AnswerHeaders, signalOf: () => AbortSignal): Promise<Admitted | Refusal>;
}

const inspect = ({ query, variables }: Parameters, { inspect: inspectText, checkVariables }: GuardsInForce): Refusal | undefined => {
  const error =
    (variables === undefined ? undefined : checkVariables(variables)) ?? (typeof query === 'string' ? inspectText(query).error : undefined);
  // Syntax errors are told where documents are parsed, as the client's media type has it.
  return error === undefined || error.extensions['code'] === 'GRAPHQL_PARSE_FAILED' ? undefined : refusalOfError(error);
};

/** Counts what is known of a request: all of it but for a hash in the place of a document. */
const count = async (
  { query, operationName }: Parameters,
  countedAs: RateLimitedRequest,
  inForce: GuardsInForce,
  headers: AnswerHeaders,
): Promise<boolean | Refusal> => {
  if (typeof query !== 'string') return false;
  const counts = inForce.countsOf(query, typeof operationName === 'string' ? operationName : undefined);
  const decision = await inForce.rateLimit.check(countedAs, counts);
  Object.assign(headers, decision.headers);
  return decision.allowed || refusalOfRateLimit(decision);
};

/** What every request passes before its document is looked at, whether HTTP brought it or a WebSocket message. */
export const createAdmission = ({ persisted, verifyToken, guards, logger }: AdmissionOptions): Admission => {
  const identify = async (authorization: string | undefined): Promise<Identity | Refusal> => {
    try {
      return await verifyToken(authorization);
    } catch (error) {
      const refusal = refusalOfDomainError(error);
      if (refusal === undefined) throw error;
      if (refusal.status >= 500) logger.error({ err: error }, 'access tokens cannot be checked');
      return refusal;
    }
  };

  const textsOf = (contract: string, identity: Identity, { automatic }: AdmittingServer, { settings }: GuardsInForce): KnownTexts => ({
    manifest: (hash) => persisted.find(contract, hash),
    automatic: automatic.find,
    // A service that works for somebody runs what that person wrote, not what a frontend was released with.
    safelist: admissionOf(settings, contract).safelist && purposeOf(identity) === undefined,
  });

  const admit: Admission['admit'] = async (request, server, headers, signalOf) => {
    const { contract } = request;
    const inForce = guards(contract);
    const requestId = requestIdOf(request);
    headers['x-request-id'] = requestId;
    const identity = await identify(request.headers.authorization);
    if ('status' in identity) return identity;
    const texts = textsOf(contract, identity, server, inForce);
    const resolved = resolvePersisted(request.parameters, texts);
    if ('status' in resolved) return resolved;
    const { parameters, isPersisted } = resolved;
    const refusal = inspect(parameters, inForce);
    if (refusal !== undefined) return refusal;
    const client = clientOf(request);
    const { remoteAddress } = request;
    const countedAs = { identity, remoteAddress, forwardedFor: request.headers['x-forwarded-for'], clientName: client.clientName };
    const counted = await count(parameters, countedAs, inForce, headers);
    if (typeof counted === 'object') return counted;
    const context: RequestContext = {
      requestId,
      contract,
      identity,
      ...client,
      countedAs,
      isCounted: counted,
      deadline: readDeadline(request.headers[DEADLINE_HEADER], inForce.settings.requests.timeoutMs, performance.now()),
      signal: signalOf(),
      forwardedHeaders: forwardedHeadersOf(request, requestId),
      showsCost: showsCost(request),
      isLogged: logger.isLevelEnabled('info'),
      isDryRun: isDryRun(request, identity),
      isPersisted,
      ...(texts.safelist ? { isListed: (hash: string) => texts.manifest(hash) !== undefined } : {}),
      record: { fetches: 0 },
    };
    return { context, parameters };
  };
  return { identify, admit };
};
