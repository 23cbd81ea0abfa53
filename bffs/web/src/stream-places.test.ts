import { expect, test } from 'vitest';
import { createStreamPlaces } from './stream-places.ts';

const ada = { session: 'Bearer ada', address: '192.0.2.1' };
const bob = { session: 'Bearer bob', address: '192.0.2.1' };
const eve = { session: 'Bearer eve', address: '192.0.2.2' };

test('counts subscriptions, of a session, of an address and in all, until they are given back', () => {
  const places = createStreamPlaces({ perSession: 4, perAddress: 6, inAll: 8 });
  const leave = places.take(ada, 3);
  expect(() => places.take(ada, 2)).toThrow('At most 4 subscriptions at once in a session');
  places.take(ada, 1);
  expect(() => places.take(bob, 3)).toThrow('At most 6 subscriptions at once from an address');
  places.take(bob, 2);
  expect(() => places.take(eve, 3)).toThrow('Too many people follow something');
  places.take(eve, 2);
  leave();
  places.take(ada, 3);
  expect(() => places.take(eve, 1)).toThrow('Too many people follow something');
});
