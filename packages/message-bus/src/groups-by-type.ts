import type { BusOptions } from './message-bus.ts';

/** Who wants what, the other way round: the groups that a message of a type goes to. */
export const groupsByType = (subscriptions: BusOptions['subscriptions']): Map<string, string[]> => {
  const groups = new Map<string, string[]>();
  for (const [group, types] of Object.entries(subscriptions)) for (const type of types) groups.set(type, [...(groups.get(type) ?? []), group]);
  return groups;
};
