import { Agent } from 'undici';
import type { ServedSupergraph } from '../gateway/served-supergraph.ts';
import { type Sign, toMessage } from '../subgraphs/subgraph-message.ts';
import type { OpenSource } from './subgraph-source.ts';
import { subscribeBySse } from './subscribe-by-sse.ts';
import { subscribeByWebsocket } from './subscribe-by-websocket.ts';

/** How a subgraph is subscribed to. */
export interface SourceSettings {
  protocol: 'sse' | 'ws';
  /** Of the subscriptions' URL, when it is not that of the other operations. */
  path?: string | undefined;
}

export interface SourcesOptions {
  urlOf: (service: string, served: ServedSupergraph) => string;
  settingsOf: (service: string) => SourceSettings;
  trafficOf: (service: string) => { timeoutMs: number; maxResponseBytes: number };
  signerOf: (service: string) => Sign | undefined;
}

const CONNECT_MS = 3_000;

/** Names and values in turn. */
const byName = (headers: readonly string[]): Record<string, string> => {
  const named: Record<string, string> = {};
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [name = '', value = ''] = headers.slice(at, at + 2);
    named[name] = value;
  }
  return named;
};

/** Subscriptions to subgraphs, each by a connection of its own. */
export const createSources = ({ urlOf, settingsOf, trafficOf, signerOf }: SourcesOptions): { open: OpenSource; close(): Promise<void> } => {
  const agent = new Agent({ connect: { timeout: CONNECT_MS, keepAlive: true }, pipelining: 1, allowH2: false });
  return {
    open: async (served, service, request, subscriber, signal) => {
      const { protocol, path } = settingsOf(service);
      const { timeoutMs, maxResponseBytes } = trafficOf(service);
      const ended = new AbortController();
      const connection = {
        name: service,
        url: path === undefined ? urlOf(service, served) : new URL(path, urlOf(service, served)).href,
        body: toMessage(request, undefined).body,
        // Signed anew for each opening: a token does not live as long as a subscription.
        headers: () => byName(toMessage(request, signerOf(service)).headers),
        timeoutMs,
        maxBytes: maxResponseBytes,
        signal: AbortSignal.any([signal, ended.signal]),
      };
      if (protocol === 'ws') await subscribeByWebsocket(connection, subscriber);
      else await subscribeBySse(connection, subscriber, agent);
      return () => ended.abort();
    },
    close: () => agent.destroy(),
  };
};
