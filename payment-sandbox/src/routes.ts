import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { type Behaviour, behaviourSchema } from './behaviour.ts';
import type { CallbackSender, News } from './callback-sender.ts';
import type { Ledger, SandboxPayment } from './ledger.ts';

const money = { amount: z.int().min(0), currency: z.string().regex(/^[A-Z]{3}$/) };
const idempotencyKey = z.string().min(1).max(128);
const paymentRequest = z.object({ orderNumber: z.string().min(1).max(256), ...money, idempotencyKey });
const refundRequest = z.object({ paymentId: z.string().min(1).max(128), ...money, idempotencyKey });

export interface RoutesOptions {
  key: string;
  ledger: Ledger;
  sender: CallbackSender;
  usual: Behaviour;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const refuse = (reply: FastifyReply, status: number, code: string, message: string): FastifyReply =>
  reply.code(status).send({ errors: [{ message, extensions: { code } }] });

const problemOf = (error: z.ZodError): string => error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ');

/** Why a payment cannot be given back, or nothing. */
const refundProblem = (payment: SandboxPayment, { amount, currency }: z.infer<typeof refundRequest>): string | undefined => {
  if (payment.amount.amount !== amount || payment.amount.currency !== currency) return 'A payment is refunded as a whole.';
  return payment.status === 'taken' ? undefined : `The payment is ${payment.status}; only one that is taken can be refunded.`;
};

export const addRoutes = (http: FastifyInstance, { key, ledger, sender, usual }: RoutesOptions): void => {
  let behaviour = usual;

  const tell = (type: News['type'], payment: SandboxPayment, more: Readonly<Record<string, unknown>> = {}): void => {
    const { id: paymentId, orderNumber, amount } = payment;
    const told = { amount: amount.amount + behaviour.amountError, currency: amount.currency };
    sender.send({ type, data: { paymentId, orderNumber, amount: told, ...more } }, behaviour);
  };

  const isUnavailable = (): boolean => {
    if (behaviour.unavailable === 0) return !sender.hasRoom();
    behaviour = { ...behaviour, unavailable: behaviour.unavailable - 1 };
    return true;
  };

  http.addHook('preHandler', async (request, reply) => {
    if (request.url.startsWith('/health')) return;
    const expected = digest(`Bearer ${key}`);
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected))
      return refuse(reply, 401, 'KEY_INVALID', 'Send the key as a bearer token.');
    if (request.method === 'POST' && request.url !== '/behaviour' && isUnavailable())
      return refuse(reply.header('retry-after', 1), 503, 'UNAVAILABLE', 'Try again shortly.');
    return undefined;
  });

  /** Does what is asked once for each key; `act` answers why it cannot be done, and then the key stays free. */
  const once = (reply: FastifyReply, prefix: 'pay' | 're', request: { idempotencyKey: string }, act: (id: string) => string | undefined) => {
    const text = JSON.stringify(request);
    const known = ledger.request(request.idempotencyKey);
    if (known?.text === text) return reply.code(201).send({ id: known.id });
    if (known !== undefined) return refuse(reply, 409, 'IDEMPOTENCY_KEY_REUSED', 'The key was used for another request.');
    const id = `${prefix}_${randomUUID()}`;
    const problem = act(id);
    if (problem !== undefined) return refuse(reply, 422, 'PAYMENT_NOT_REFUNDABLE', problem);
    ledger.note(request.idempotencyKey, { id, text });
    return reply.code(201).send({ id });
  };

  const take = (id: string, { orderNumber, amount, currency }: z.infer<typeof paymentRequest>): undefined => {
    const fails = behaviour.outcome === 'fail';
    const payment: SandboxPayment = { id, orderNumber, amount: { amount, currency }, status: fails ? 'failed' : 'taken' };
    ledger.add(payment);
    if (fails) tell('payment.failed', payment, { reason: behaviour.reason });
    else tell('payment.settled', payment);
  };

  const giveBack = (payment: SandboxPayment, request: z.infer<typeof refundRequest>): string | undefined => {
    const problem = refundProblem(payment, request);
    if (problem !== undefined) return problem;
    payment.status = 'returned';
    tell('payment.refunded', payment);
    return undefined;
  };

  http.post('/payments', async (request, reply) => {
    const { data, error } = paymentRequest.safeParse(request.body);
    if (error) return refuse(reply, 400, 'PAYMENT_INVALID', problemOf(error));
    return once(reply, 'pay', data, (id) => take(id, data));
  });

  http.post('/refunds', async (request, reply) => {
    const { data, error } = refundRequest.safeParse(request.body);
    if (error) return refuse(reply, 400, 'REFUND_INVALID', problemOf(error));
    const payment = ledger.payment(data.paymentId);
    if (payment === undefined) return refuse(reply, 404, 'PAYMENT_NOT_FOUND', `There is no payment '${data.paymentId}'.`);
    return once(reply, 're', data, () => giveBack(payment, data));
  });

  http.get('/behaviour', async () => behaviour);
  /** What is left out becomes as usual again. */
  http.post('/behaviour', async (request, reply) => {
    const { data, error } = behaviourSchema.partial().safeParse(request.body);
    if (error) return refuse(reply, 400, 'BEHAVIOUR_INVALID', problemOf(error));
    const given = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
    behaviour = { ...usual, ...given };
    return behaviour;
  });
};
