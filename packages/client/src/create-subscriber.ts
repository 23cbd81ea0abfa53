import { ClientError, type ClientSettings, type OperationError } from './create-client.ts';
import type { OperationDocument } from './operation-request.ts';
import { createRetryPlan, type RetryPlan } from './retry-plan.ts';
import { type Delivery, deliveriesOf } from './subscription-connection.ts';

export interface SubscriberSettings extends Pick<ClientSettings, 'url' | 'fetch' | 'client'> {
  /**
   * The access token of the caller, asked for before each connection; undefined for an anonymous one. With `renew` the server has just refused the
   * one of before, or ended a subscription because it expired: a new one is needed.
   */
  accessToken?: ((options: { renew: boolean }) => string | undefined | Promise<string | undefined>) | undefined;
  /** How long the server may take to begin, in milliseconds. Default 10,000. */
  timeoutMs?: number | undefined;
  /** After how long without anything, heartbeats included, the connection counts as broken, in milliseconds. Default 40,000. */
  silenceMs?: number | undefined;
  /** The pause before the first new try, in milliseconds; doubled with each, up to 30,000, and a random half shorter. Default 1,000. */
  retryMs?: number | undefined;
}

/** What one event came to. `data` is null when nothing of it could be had; `errors` then say why. */
export interface SubscriptionResult<Data> {
  data: Data | null;
  errors: readonly OperationError[];
}

export interface SubscribeOptions {
  /** Ends the subscription at once; the iteration then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * The stream stands, and unless the server refuses the subscription in it, it listens from now on; called again after each interruption. What happened
   * before is not sent: ask for the state as it is now.
   */
  onConnected?: (() => void) | undefined;
  /** The connection is lost and will be tried again. */
  onDisconnected?: ((reason: ClientError) => void) | undefined;
}

/** `variables` may be left out when the operation has none that it needs. */
type Rest<Variables> =
  Record<string, never> extends Variables ? [variables?: Variables, options?: SubscribeOptions] : [variables: Variables, options?: SubscribeOptions];

export interface Subscriber {
  /**
   * Subscribes when the iteration begins, and again after every interruption, until the iteration ends.
   * @throws ClientError when the server refuses it, or ends it with an error that a new try would not mend; what a callback throws.
   */
  subscribe<Data, Variables>(document: OperationDocument<Data, Variables>, ...rest: Rest<Variables>): AsyncGenerator<SubscriptionResult<Data>, void>;
  /**
   * The same subscription with several variables over one connection: browsers open only six to a host. For servers that take a list of
   * operations, as the web BFF does at `/graphql/stream`.
   */
  subscribeAll<Data, Variables>(
    document: OperationDocument<Data, Variables>,
    variables: readonly Variables[],
    options?: SubscribeOptions,
  ): AsyncGenerator<SubscriptionResult<Data>, void>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_SILENCE_MS = 40_000;
const DEFAULT_RETRY_MS = 1_000;

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });

/** Waits for the next try. @throws the error when there is none. */
const recover = async (error: unknown, plan: RetryPlan, livedMs: number, { signal, onDisconnected }: SubscribeOptions): Promise<void> => {
  signal?.throwIfAborted();
  if (!(error instanceof ClientError)) throw error;
  const pauseMs = plan.pauseAfter(error, livedMs);
  if (pauseMs === undefined) throw error;
  onDisconnected?.(error);
  signal?.throwIfAborted();
  await pause(pauseMs, signal);
  signal?.throwIfAborted();
};

/** What one connection is asked for. */
interface Ask {
  body: string;
  count: number;
  shared: boolean;
}

const operationOf = (document: OperationDocument<unknown, never>, variables: unknown): object => {
  const id = document.__meta__?.['hash'];
  return typeof id === 'string' ? { documentId: id, variables } : { query: document.toString(), variables };
};

/** Makes a client for generated subscriptions, over server-sent events: plain HTTP, which every proxy knows. */
export const createSubscriber = (settings: SubscriberSettings): Subscriber => {
  const { url, client, timeoutMs = DEFAULT_TIMEOUT_MS, silenceMs = DEFAULT_SILENCE_MS, retryMs = DEFAULT_RETRY_MS } = settings;

  const headersFor = async (renew: boolean): Promise<Record<string, string>> => {
    const token = await Promise.resolve(settings.accessToken?.({ renew })).catch((cause: unknown) => {
      throw new ClientError('network', 'no access token could be had', { cause });
    });
    return {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      ...(client !== undefined && { 'apollographql-client-name': client.name, 'apollographql-client-version': client.version }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
  };

  async function* connected(ask: Ask, renew: boolean, signal: AbortSignal | undefined, onOpen: () => void): AsyncGenerator<Delivery, void> {
    const headers = await headersFor(renew);
    // Looked up late: tests and instrumentation replace it.
    const fetch = settings.fetch ?? globalThis.fetch.bind(globalThis);
    yield* deliveriesOf({ url, body: ask.body, headers, fetch, openMs: timeoutMs, silenceMs, onOpen, signal }, ask.count, ask.shared);
  }

  async function* deliveries(ask: Ask, options: SubscribeOptions): AsyncGenerator<Delivery, void> {
    const plan = createRetryPlan(retryMs);
    // A mistake of the caller's, whatever the connection makes of it: another try would not mend it.
    let thrown: { error: unknown } | undefined;
    const onOpen = (): void => {
      try {
        options.onConnected?.();
      } catch (error) {
        thrown = { error };
        throw error;
      }
    };
    for (;;) {
      const began = Date.now();
      try {
        yield* connected(ask, plan.renews(), options.signal, onOpen);
        return;
      } catch (error) {
        if (thrown !== undefined) throw thrown.error;
        await recover(error, plan, Date.now() - began, options);
      }
    }
  }

  async function* subscribe(document: OperationDocument<unknown, never>, variables?: unknown, options: SubscribeOptions = {}) {
    const ask = { body: JSON.stringify(operationOf(document, variables)), count: 1, shared: false };
    for await (const { data, errors } of deliveries(ask, options)) yield { data, errors };
  }

  async function* subscribeAll(document: OperationDocument<unknown, never>, variables: readonly unknown[], options: SubscribeOptions = {}) {
    if (variables.length === 0) return;
    const body = JSON.stringify(variables.map((each) => operationOf(document, each)));
    for await (const { data, errors } of deliveries({ body, count: variables.length, shared: true }, options)) yield { data, errors };
  }

  return { subscribe: subscribe as Subscriber['subscribe'], subscribeAll: subscribeAll as Subscriber['subscribeAll'] };
};
