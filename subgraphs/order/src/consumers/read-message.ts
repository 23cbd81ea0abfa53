import type { Contract, DataOf } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import type { Caller } from '@supergraph/identity/caller';
import { ParkMessage } from '@supergraph/message-bus/message-bus';

/** The data of a message, checked against its contract. @throws ParkMessage: a malformed message never gets better. */
export const readData = <C extends Contract>(contract: C, envelope: Envelope): DataOf<C> => {
  const result = contract.data.safeParse(envelope.data);
  if (!result.success)
    throw new ParkMessage(
      `${envelope.type} is malformed: ${result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
    );
  return result.data as DataOf<C>;
};

/** The room that published an event, as a caller. */
export const serviceOf = ({ source }: Envelope): Caller => ({ role: 'service', name: source });
