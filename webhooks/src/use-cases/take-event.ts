import type { Envelope } from '@supergraph/events/envelope';
import { userUpdated } from '@supergraph/events/user';
import { type Caller, requireService } from '@supergraph/identity/caller';
import { audienceOf } from '../domain/event-types.ts';
import type { TransactWebhooks } from './ports.ts';

/**
 * Makes an event a delivery for every endpoint that wants it and whose owner may know of it. Taking the same event again adds nothing, so it
 * needs no inbox. @returns how many deliveries are new.
 */
export const takeEvent =
  ({ transact, now }: { transact: TransactWebhooks; now: () => Date }) =>
  async (caller: Caller, envelope: Envelope): Promise<number> => {
    requireService(caller, 'take events');
    const { type, data } = envelope;
    return transact(async (webhooks) => {
      // Who is no longer staff stops being told of everybody.
      if (type === userUpdated.type) await webhooks.keepOwner(String(data['id']), data['role'] !== 'CUSTOMER');
      return webhooks.addDeliveries(envelope, audienceOf(envelope), now());
    });
  };
