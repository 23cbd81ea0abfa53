import { toEnvelope } from '@supergraph/events/contract';
import { webhookEndpointDisabled } from '@supergraph/events/webhooks';
import type { Endpoint } from '../domain/endpoint.ts';
import { nextAttemptAt } from '../domain/retry-schedule.ts';
import type { Answer, Send } from '../egress/send.ts';
import type { AttemptResult, DueDeliveries, DueDelivery } from '../use-cases/ports.ts';
import type { Render } from './payload.ts';
import { signedHeaders } from './sign.ts';
import { GIVE_UP_AFTER_MS, retryAfterSeconds, verdictOf } from './verdict.ts';

export interface AttemptOptions {
  deliveries: DueDeliveries;
  send: Send;
  render: Render;
  now: () => Date;
  /** Between 0 and 1. */
  random: () => number;
  newId: () => string;
  /** Seconds before each attempt; default the schedule of Standard Webhooks. Tests take shorter ones. */
  schedule?: readonly number[];
  /** Told once when an endpoint gets no more deliveries. */
  onDisabled?: (endpoint: Endpoint, reason: string) => void;
}

/** Longer answers are read, and not kept. */
const KEPT_CHARACTERS = 4_096;
const FIXED_HEADERS = { 'content-type': 'application/json', 'user-agent': 'Supergraph-Webhooks/1.0' };

const NOT_SENT = { statusCode: null, body: '', retryAfter: undefined };

/** PostgreSQL's text holds no null character. */
const kept = (text: string): string => text.slice(0, KEPT_CHARACTERS).replaceAll('\0', '\ufffd');

const post = async ({ deliveries, send, render }: AttemptOptions, delivery: DueDelivery, at: Date): Promise<Answer> => {
  const { id, endpoint, secrets } = delivery;
  const rendered = delivery.body ?? (await render(delivery));
  const keeping = delivery.body === undefined ? deliveries.keepBody(id, rendered) : rendered;
  // Kept before it is sent: after a crash the same id must not come with another body. A plain event always gives the same.
  const body = endpoint.query === null ? rendered : await keeping;
  const sending = async (): Promise<Answer> =>
    send({ url: endpoint.url, headers: { ...FIXED_HEADERS, ...signedHeaders({ id, at, body }, secrets) }, body });
  const failed = (error: Error): Answer => ({ ...NOT_SENT, failure: `not sent: ${error.message}` });
  const [answer] = await Promise.all([sending().catch(failed), keeping]);
  return answer;
};

type Fate = Pick<AttemptResult, 'status' | 'nextAttemptAt'>;

const fateOf = ({ random, schedule }: AttemptOptions, { attemptInSchedule }: DueDelivery, answer: Answer, at: Date): Fate => {
  const verdict = verdictOf(answer);
  if (verdict === 'delivered') return { status: 'delivered' };
  if (verdict === 'gone') return { status: 'cancelled' };
  const next = nextAttemptAt(attemptInSchedule, at, random, retryAfterSeconds(answer, at), schedule);
  return next === undefined ? { status: 'exhausted' } : { status: 'pending', nextAttemptAt: next };
};

const disableReason = (answer: Answer, failingSince: Date | undefined, at: Date): string | undefined => {
  if (verdictOf(answer) === 'gone') return 'It answered 410 Gone.';
  const isGivenUp = failingSince !== undefined && at.getTime() - failingSince.getTime() >= GIVE_UP_AFTER_MS;
  return isGivenUp ? `Every attempt has failed since ${failingSince.toISOString()}.` : undefined;
};

const disable = async ({ deliveries, newId, onDisabled }: AttemptOptions, endpoint: Endpoint, reason: string, at: Date): Promise<void> => {
  const data = { endpointId: endpoint.id, ownerId: endpoint.ownerId, reason };
  const event = toEnvelope(webhookEndpointDisabled, { id: newId(), subject: endpoint.id, time: at, data });
  if (await deliveries.disable(endpoint.id, reason, at, event)) onDisabled?.(endpoint, reason);
};

/**
 * Sends a claimed delivery once and notes what came of it. Rejects only when the storage does; then the lease runs out, and the
 * attempt is made again with the same `webhook-id`.
 */
export const createAttempt =
  (options: AttemptOptions) =>
  async (delivery: DueDelivery): Promise<void> => {
    const startedAt = options.now();
    const answer = await post(options, delivery, startedAt);
    const finishedAt = options.now();
    const failingSince = await options.deliveries.recordAttempt({
      deliveryId: delivery.id,
      attempt: delivery.attempt,
      startedAt,
      durationMs: Math.max(0, finishedAt.getTime() - startedAt.getTime()),
      statusCode: answer.statusCode,
      response: answer.statusCode === null ? null : kept(answer.body),
      failure: answer.failure === null ? null : kept(answer.failure),
      ...fateOf(options, delivery, answer, finishedAt),
    });
    const reason = disableReason(answer, failingSince, finishedAt);
    if (reason !== undefined) await disable(options, delivery.endpoint, reason, finishedAt);
  };
