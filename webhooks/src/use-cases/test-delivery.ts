import type { Envelope } from '@supergraph/events/envelope';
import { type Caller, signInRequired } from '@supergraph/identity/caller';
import type { Delivery } from '../domain/delivery.ts';
import { endpointDisabled, endpointNotFound } from '../domain/errors.ts';
import { TEST_EVENT_TYPE } from '../domain/event-types.ts';
import { visibilityOf } from '../domain/visibility.ts';
import type { Stamps, TransactWebhooks } from './ports.ts';

const testEvent = (id: string, endpointId: string, time: Date): Envelope => ({
  specversion: '1.0',
  id,
  source: 'webhooks',
  type: TEST_EVENT_TYPE,
  subject: endpointId,
  time: time.toISOString(),
  datacontenttype: 'application/json',
  data: { endpointId, message: 'This is a test.' },
});

/** Sends `webhook.test.v1` to an endpoint, whatever it subscribed to. */
export const testDelivery =
  ({ transact, now, newId }: { transact: TransactWebhooks } & Stamps) =>
  async (caller: Caller, endpointId: string): Promise<Delivery> => {
    if (caller.role === 'anonymous') throw signInRequired('test a webhook endpoint');
    return transact(async (webhooks) => {
      const endpoint = await webhooks.find(endpointId, visibilityOf(caller));
      if (endpoint === undefined) throw endpointNotFound(endpointId);
      if (endpoint.status === 'disabled') throw endpointDisabled(endpoint.id, endpoint.disabledReason);
      const time = now();
      return webhooks.addDelivery(endpoint.id, `msg_${newId().replaceAll('-', '')}`, testEvent(newId(), endpoint.id, time), time);
    });
  };
