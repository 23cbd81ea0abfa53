import { userSignedUp, userUpdated } from '@supergraph/events/user';
import type { Handler } from '@supergraph/message-bus/message-bus';
import { keepCustomer } from '../use-cases/keep-references.ts';
import type { Once } from '../use-cases/ports.ts';
import { readData, serviceOf } from './read-message.ts';

export const onUserChanged =
  ({ once }: { once: Once }): Handler =>
  ({ envelope }) => {
    const { id, name } = readData(envelope.type === userSignedUp.type ? userSignedUp : userUpdated, envelope);
    return once(envelope.id, (transact) => keepCustomer({ transact })(serviceOf(envelope), { id, name, changedAt: new Date(envelope.time) }));
  };
