import { createEventListener, type EventListener } from '@supergraph/message-bus/event-listener';
import type { Logger } from '@supergraph/service/logging';
import type { RouterConfig } from '../config.ts';
import type { GuardsInForce } from '../door/guards-in-force.ts';
import { introspectionOf } from '../settings/contract-view.ts';
import { subscriptionSourceOf } from '../settings/router-settings.ts';
import type { StreamSettings } from '../subscriptions/create-streams.ts';

export interface StreamSettingsOptions {
  config: Pick<RouterConfig, 'busUrl' | 'production'>;
  guards: () => Pick<GuardsInForce, 'settings'>;
  showsSchema: boolean;
  logger: Logger;
}

/** What streams go by at the moment, and where events are heard. */
export const createStreamSettings = ({
  config: { busUrl: url, production },
  guards,
  showsSchema,
  logger,
}: StreamSettingsOptions): StreamSettings & Pick<EventListener, 'close'> => {
  const events = url === undefined ? undefined : createEventListener({ url, onError: (error) => logger.error({ err: error }, 'the message bus') });
  return {
    showsSchema: (contract) => introspectionOf(guards().settings, contract, showsSchema),
    production,
    events,
    maxWaiting: () => guards().settings.subscriptions.queue,
    eventTimeoutMs: () => guards().settings.requests.timeoutMs,
    sourceOf: (subgraph) => subscriptionSourceOf(guards().settings.subscriptions, subgraph),
    close: async () => events?.close(),
  };
};
