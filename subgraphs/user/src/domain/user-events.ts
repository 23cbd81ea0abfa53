import { toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import { userSignedUp, userUpdated } from '@supergraph/events/user';
import type { User } from './user.ts';

/** The id of an event, and when it happened. */
export interface Stamp {
  id: string;
  time: Date;
}

const data = ({ id, email, name, country, role }: User) => ({ id, email, name, country, role });

export const userSignedUpEvent = (user: User, stamp: Stamp): Envelope => toEnvelope(userSignedUp, { ...stamp, subject: user.id, data: data(user) });

export const userUpdatedEvent = (user: User, stamp: Stamp): Envelope => toEnvelope(userUpdated, { ...stamp, subject: user.id, data: data(user) });
