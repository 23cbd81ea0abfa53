import type { Logger } from '@supergraph/service/logging';
import { createDeferEngine } from '../gateway/defer-engine.ts';
import type { Engine, PrepareOperation } from '../gateway/execute-operation.ts';
import type { PlanRunner } from '../gateway/plan-engine.ts';
import type { ServedSupergraph } from '../gateway/served-supergraph.ts';
import { createGatewayErrorFormatter } from '../gateway-errors.ts';
import type { RequestContext } from '../request-context.ts';
import type { OperationStreams } from '../streams/operation-stream.ts';
import { createEventIndex } from './event-index.ts';
import type { EventSource } from './event-source.ts';
import { createStreamErrors } from './format-errors.ts';
import { createSources, type SourceSettings, type SourcesOptions } from './open-source.ts';
import { createOperationStreams } from './operation-streams.ts';
import { createStreamDocuments } from './stream-documents.ts';
import { createSubscriptions } from './subscriptions.ts';

/** What the settings and the process say about answers that keep coming. */
export interface StreamSettings {
  /** Whether the schema of a contract can be asked for. */
  showsSchema: (contract: string) => boolean;
  production: boolean;
  /** Where events are heard; fields with `@fromEvents` are refused without. */
  events?: EventSource | undefined;
  /** How many events may wait for one subscriber. */
  maxWaiting: () => number;
  /** How long one event may take, in milliseconds; what is left for its subscription to begin, when left out. */
  eventTimeoutMs?: (() => number) | undefined;
  sourceOf: (subgraph: string) => SourceSettings;
}

export interface StreamsOptions extends StreamSettings, Pick<SourcesOptions, 'urlOf' | 'trafficOf' | 'signerOf'> {
  servedOf: (contract: string) => ServedSupergraph | undefined;
  prepare: PrepareOperation;
  runner: PlanRunner;
  engine: Engine;
  labelsFor: (served: ServedSupergraph, context: RequestContext) => readonly string[];
  /** False with the reference engine. */
  isServed: boolean;
  logger: Logger;
}

export interface Streams {
  of(contract: string): OperationStreams;
  /** Another supergraph is served. */
  lookAgain(): void;
  close(): Promise<void>;
}

/** Everything behind operations whose answers keep coming: subscriptions, and what is deferred. */
export const createStreams = (options: StreamsOptions): Streams => {
  const { logger, servedOf, prepare, runner, engine, labelsFor, isServed, maxWaiting, eventTimeoutMs, showsSchema, production } = options;
  const onError = (error: unknown): void => logger.error({ err: error }, 'subscriptions');
  const errors = createStreamErrors(createGatewayErrorFormatter(logger));
  const documents = createStreamDocuments({ showsSchema, hidesSchema: production });
  const events = options.events && createEventIndex({ source: options.events, onError });
  const sources = createSources({ ...options, settingsOf: options.sourceOf });
  const { read } = documents;
  const subscriptions = createSubscriptions({
    servedOf,
    read,
    prepare,
    runner,
    events,
    openSource: sources.open,
    errors,
    maxWaiting,
    eventTimeoutMs,
  });
  const defer = createDeferEngine({ runner, labelsFor });
  return {
    of: createOperationStreams({ servedOf, documents, prepare, engine, defer, subscriptions, errors, isServed }),
    lookAgain: () => void subscriptions.lookAgain().catch(onError),
    close: async () => {
      await events?.close();
      await sources.close();
    },
  };
};
