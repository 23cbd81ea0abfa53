import type { Identity } from '@supergraph/identity/identity';
import type { ServedSupergraph } from '../gateway/served-supergraph.ts';
import type { SubgraphAnswer } from '../subgraphs/subgraph-failure.ts';

/** What a subgraph is subscribed with. */
export interface SourceRequest {
  query: string;
  operationName: string | undefined;
  variables: Readonly<Record<string, unknown>>;
  identity: Identity;
  headers: ReadonlyMap<string, string>;
}

/** Not called any more once it is ended. */
export interface SourceSubscriber {
  onAnswer(answer: SubgraphAnswer): void;
  /** With why, when it did not end by itself. */
  onEnd(error?: unknown): void;
}

/**
 * Subscribes to a subgraph. Resolves when it took the subscription. @returns how to end it.
 * @throws SUBSCRIPTION_SOURCE_LOST
 */
export type OpenSource = (
  served: ServedSupergraph,
  service: string,
  request: SourceRequest,
  subscriber: SourceSubscriber,
  signal: AbortSignal,
) => Promise<() => void>;
