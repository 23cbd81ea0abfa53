import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readTopology } from '../topology.ts';
import { newSubgraph } from './new-subgraph.ts';
import { subgraphNames } from './subgraph-names.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const topology = readTopology(`${ROOT}supergraph.yaml`);

test.each([
  ['reviews', 'Review', 'reviews', 'REVIEWS', 'reviews'],
  ['gift-cards', 'GiftCard', 'giftCards', 'GIFT_CARDS', 'gift_cards'],
  ['shipping', 'Shipping', 'shippings', 'SHIPPING', 'shippings'],
  ['deliveries', 'Delivery', 'deliveries', 'DELIVERIES', 'deliveries'],
  ['address-boxes', 'AddressBox', 'addressBoxes', 'ADDRESS_BOXES', 'address_boxes'],
])('%s makes %s', (room, type, many, prefix, table) => {
  expect(subgraphNames(room)).toMatchObject({ type, many, prefix, table });
});

test.each([
  ['an entity that is not there', 'reviews', 'Prodct', undefined, "there is no entity 'Prodct'", 'did you mean Product?'],
  ['an entity unlike any other', 'reviews', 'Nope', undefined, "there is no entity 'Nope'", 'Category, Order, Product, User'],
  ['an existing subgraph', 'order', 'Product', 'Purchase', "there is already a subgraph 'order'", 'another name'],
  ['a room that is no subgraph', 'rest', 'Product', undefined, 'another part of the house', 'another name'],
  ['a package', 'pagination', 'Product', undefined, "there is already a package '@supergraph/pagination'", 'another name'],
  ['an existing type', 'payments', 'User', undefined, 'order has a type Payment already', '--type'],
  ['a path', '../outside', 'Product', undefined, "'../outside' cannot be a subgraph's name", 'small letters'],
  ['capitals', 'Reviews', 'Product', undefined, "cannot be a subgraph's name", 'small letters'],
  ['an empty name', '', 'Product', undefined, "cannot be a subgraph's name", 'small letters'],
  ['a word of JavaScript', 'cases', 'Product', undefined, "'case' means something else", '--type'],
  ['a class of JavaScript', 'maps', 'Product', undefined, "'map' means something else", '--type'],
  ['a word of SQL', 'references', 'Product', undefined, 'means something else', '--type'],
  ['a type in small letters', 'reviews', 'Product', 'review', "'review' cannot be the name of a type", 'capital'],
])('%s is refused before anything is written', async (_what, room, entity, type, problem, fix) => {
  const before = readdirSync(`${ROOT}subgraphs`);
  const refused = newSubgraph(topology, { room, extends: entity, type }, () => undefined);
  await expect(refused).rejects.toThrow(expect.objectContaining({ message: expect.stringContaining(problem), fix: expect.stringContaining(fix) }));
  expect(readdirSync(`${ROOT}subgraphs`)).toEqual(before);
  expect(existsSync(`${ROOT}tests/scenarios/reviews`)).toBe(false);
});
