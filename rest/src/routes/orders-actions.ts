import { requireStaff, requireUser } from '@supergraph/identity/caller';
import { z } from 'zod';
import { type Api, addRoute } from '../http/route.ts';
import type { Answer, Call } from '../http/route-options.ts';
import type { OperationKind } from '../operations/operation.ts';
import type { OperationStore } from '../operations/operation-store.postgres.ts';
import { operationHeaders, operationPath, operationResource, toOperationResource } from '../resources/operation.ts';
import { orderNumber, orderResource, toOrderResource } from '../resources/order.ts';

type Begin = Pick<OperationStore, 'begin'>;

interface Step {
  kind: OperationKind;
  method: 'PayOrder' | 'CancelOrder' | 'ShipOrder';
  /** For staff only: others need not wait to be told. */
  staffOnly?: true;
  idempotency: 'required' | 'optional';
  summary: string;
  description: string;
  done: string;
}

const STEPS: readonly Step[] = [
  {
    kind: 'pay',
    method: 'PayOrder',
    idempotency: 'required',
    summary: 'Pays an order',
    description: 'Starts the payment. The order stays PENDING until the payment provider has the money.',
    done: 'The order, with the status of its payment.',
  },
  {
    kind: 'cancel',
    method: 'CancelOrder',
    idempotency: 'optional',
    summary: 'Cancels an order',
    description: 'What was paid is given back.',
    done: 'The cancelled order.',
  },
  {
    kind: 'ship',
    method: 'ShipOrder',
    staffOnly: true,
    idempotency: 'optional',
    summary: 'Ships an order',
    description: 'For staff.',
    done: 'The shipped order.',
  },
];

const byNumber = z.strictObject({ number: orderNumber });
type StepCall = Call<z.infer<typeof byNumber>, unknown, unknown>;

/** The order subgraph need not be running for this: it hears of it by the message bus. */
const later = async ({ kind }: Step, call: StepCall, operations: Begin): Promise<Answer> => {
  const { params, caller, expectedVersion, idempotency } = call;
  const actor = requireUser(caller, `${kind} an order`);
  const operation = await operations.begin({ kind, orderNumber: params.number, actor, expectedVersion, idempotency });
  return {
    status: 202,
    body: toOperationResource(operation),
    headers: { ...operationHeaders(operation), location: operationPath(operation), 'preference-applied': 'respond-async' },
  };
};

const now = async ({ kind, method }: Step, { params, caller, expectedVersion, idempotency, subgraphs }: StepCall): Promise<Answer> => {
  const { order } = await subgraphs.order(method, {
    number: params.number,
    ...(expectedVersion !== undefined && { ifVersion: expectedVersion }),
    ...(idempotency && { idempotency }),
  });
  if (order === null) throw new Error(`the order subgraph answered no order to ${kind}`);
  return { body: toOrderResource(order, caller), version: order.version };
};

const addStep = (api: Api, step: Step, operations: Begin): void => {
  addRoute(api, {
    method: 'POST',
    url: `/orders/:number/${step.kind}`,
    id: `${step.kind}Order`,
    tag: 'orders',
    summary: step.summary,
    description: `${step.description} With \`Prefer: respond-async\` it is done later, and the operation tells what became of it.`,
    signIn: `${step.kind} an order`,
    params: byNumber,
    ifMatch: 'optional',
    idempotency: step.idempotency,
    respondAsync: true,
    answers: {
      200: { description: step.done, schema: orderResource },
      202: {
        description: 'Accepted: it will be done, and the operation tells when.',
        schema: operationResource,
        headers: ['location', 'preference-applied', 'retry-after'],
      },
    },
    problems: [...(step.staffOnly ? [403] : []), 404, 409, 422],
    handler: async (call) => {
      if (step.staffOnly) requireStaff(call.caller, 'ship orders');
      return call.respondAsync ? later(step, call, operations) : now(step, call);
    },
  });
};

/** What is done with an order: at once by the order subgraph, or later by message. */
export const addOrderActions = (api: Api, { operations }: { operations: Begin }): void => {
  for (const step of STEPS) addStep(api, step, operations);
};
