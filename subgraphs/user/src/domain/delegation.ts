import { purposeUnknown } from './errors.ts';

/** Who acts for a user, and what for, while the user is not there. */
export interface Delegation {
  purpose: string;
  /** The room that acts. */
  service: string;
}

/** Long enough for one piece of work: the next one asks again, and meets the rights of that moment. */
export const DELEGATION_LIFETIME_SECONDS = 60;

/** Each purpose, with the one service that acts for it. */
const SERVICES: ReadonlyMap<string, string> = new Map([
  ['webhook', 'webhooks'],
  ['order-command', 'order'],
]);

/** @throws PURPOSE_UNKNOWN */
export const delegationFor = (purpose: string): Delegation => {
  const service = SERVICES.get(purpose);
  if (service === undefined) throw purposeUnknown(purpose);
  return { purpose, service };
};
