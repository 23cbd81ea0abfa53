import { setTimeout as sleep } from 'node:timers/promises';
import type { Identity } from '@supergraph/identity/identity';
import { internalHeaders } from '@supergraph/identity/internal-token';

/** An order that the service said it has taken. */
export interface AcknowledgedOrder {
  id: string;
  number: string;
}

/** What the clients saw: the one witness that does not depend on what is tested. */
export interface LoadLog {
  acknowledged: AcknowledgedOrder[];
  /** Answers that were no success, by error code. */
  refused: Map<string, number>;
  /** Requests without an answer: the order may or may not be there. */
  unanswered: number;
  /** Milliseconds until the answer, of acknowledged orders. */
  latencies: number[];
}

export interface Target {
  url: string;
  /** Signs internal tokens for the order service. */
  key: string;
  skus: readonly string[];
}

export interface Load {
  /** Sends nothing more; resolves when every request has come to an end. */
  stop(): Promise<void>;
}

interface Answer {
  data?: { placeOrder?: { order: AcknowledgedOrder } | null } | null;
  errors?: { extensions?: { code?: string } }[];
}

export const CUSTOMER_ID = 'chaos-customer';
const CUSTOMER: Identity = { caller: { role: 'customer', userId: CUSTOMER_ID }, scopes: ['orders:write'], claims: {} };
const MUTATION = 'mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id number } } }';
const ANSWER_DEADLINE_MS = 15_000;
const AFTER_FAILURE_MS = 100;
const TICK_MS = 10;

export const createLog = (): LoadLog => ({ acknowledged: [], refused: new Map(), unanswered: 0, latencies: [] });

const send = async ({ url, key, skus }: Target): Promise<Answer> => {
  const items = skus.map((sku, index) => ({ sku, quantity: index + 1 }));
  const body = JSON.stringify({ query: MUTATION, variables: { input: { items } } });
  const response = await fetch(url, {
    method: 'POST',
    headers: internalHeaders(key, 'order', CUSTOMER, body),
    body,
    signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
  });
  return (await response.json()) as Answer;
};

/** @returns true when the order was acknowledged. */
const placeOne = async (target: Target, log: LoadLog): Promise<boolean> => {
  const begun = performance.now();
  let answer: Answer;
  try {
    answer = await send(target);
  } catch {
    log.unanswered++;
    return false;
  }
  const order = answer.data?.placeOrder?.order;
  if (order !== undefined) {
    log.acknowledged.push(order);
    log.latencies.push(performance.now() - begun);
    return true;
  }
  const code = answer.errors?.[0]?.extensions?.code ?? 'UNKNOWN';
  log.refused.set(code, (log.refused.get(code) ?? 0) + 1);
  return false;
};

/** So many customers, each of whom orders again as soon as the answer is there. */
export const startClients = (target: Target, count: number, log: LoadLog): Load => {
  let isStopped = false;
  const client = async (): Promise<void> => {
    while (!isStopped) if (!(await placeOne(target, log))) await sleep(AFTER_FAILURE_MS);
  };
  const clients = Array.from({ length: count }, client);
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(clients);
    },
  };
};

/** So many orders a second, however long the answers take: a slow service gets no mercy. */
export const startRate = (target: Target, perSecond: number, log: LoadLog): Load => {
  const running = new Set<Promise<unknown>>();
  const begun = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (const due = ((performance.now() - begun) / 1_000) * perSecond; sent < due; sent++) {
      const request = placeOne(target, log).finally(() => running.delete(request));
      running.add(request);
    }
  }, TICK_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(running);
    },
  };
};

/** The value that a share of the values, for instance 0.99, does not exceed. */
export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((one, other) => one - other)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? 0;
