import type { Identity } from '@supergraph/identity/identity';
import type { OperationResult } from './gateway/operation-result.ts';
import type { RateLimitedRequest } from './rate-limit/request-rate-limit.ts';

/** What is noted about a request on its way, for the access log. */
export interface RequestRecord {
  operationName?: string;
  operationKind?: string;
  fetches: number;
  estimatedCost?: number;
  /** Of what is logged or shown. */
  actualCost?: number;
  errorCodes?: readonly string[];
  /** No field that was asked for demands anything of its caller. */
  isOpen?: boolean;
  /** The answer is data alone. */
  isWhole?: boolean;
}

/** What an operation came to: a result, or the error that ended it as a whole. */
export type OperationOutcome = { result: OperationResult } | { error: unknown };

/** What the guards found out about a request before it is executed. */
export interface RequestContext {
  requestId: string;
  /** The contract whose door it came to; empty for the whole graph. */
  contract: string;
  identity: Identity;
  clientName?: string;
  clientVersion?: string;
  /** When the client gets its answer at the latest, in `performance.now()` milliseconds. */
  deadline: number;
  /** Aborted when the client goes away or its time is up. */
  signal: AbortSignal;
  /** Headers that every subgraph gets too. */
  forwardedHeaders: ReadonlyMap<string, string>;
  /** The client asked, by header, to see what its operation costs. */
  showsCost: boolean;
  /** The access log tells of it. */
  isLogged: boolean;
  /** The operation is to be checked and not run: somebody's service wants to know now what would be refused later. */
  isDryRun: boolean;
  /** By whom the rate limits count. */
  countedAs: RateLimitedRequest;
  /** Its root fields are counted already; not so when the client sent a hash in the place of a document. */
  isCounted: boolean;
  /** The client sent something that stands for its document. */
  isPersisted: boolean;
  /** Of a document, by its hash, where nothing is taken but what a manifest has. */
  isListed?: (hash: string) => boolean;
  record: RequestRecord;
  /** How the operation ended, when it ran before Apollo Server saw it; Apollo Server then only tells it. */
  outcome?: OperationOutcome;
}
