import type { Caller } from '@supergraph/identity/caller';
import { action, type Links, link } from '../hal.ts';
import { type Api, addRoute } from '../http/route.ts';
import { resource } from '../http/schemas.ts';

const RELS = ['sign-in', 'sign-up', 'me', 'categories', 'products', 'product', 'category', 'orders', 'order', 'docs', 'service-desc'];

const rootResource = resource('Root', {}, { rels: RELS, description: 'Where everything begins.' });

const catalogueLinks: Links = {
  categories: link('/categories{?parent,roots,first,after,fields}', { templated: true, title: 'the tree of categories' }),
  category: link('/categories/{slug}', { templated: true, title: 'a category by its slug' }),
  products: link('/products{?category,search,first,after,fields,embed}', { templated: true, title: 'the products' }),
  product: link('/products/{sku}', { templated: true, title: 'a product by its sku' }),
};

const documentLinks: Links = {
  docs: link('/docs', { title: 'the reference, for people' }),
  'service-desc': link('/openapi.json', { title: 'the reference, for tools (OpenAPI 3.1)' }),
};

const accountLinks = (caller: Caller): Links =>
  caller.role === 'anonymous'
    ? {
        'sign-in': action('POST', '/sessions', 'sign in with email and password, or go on with a refresh token'),
        'sign-up': action('POST', '/users', 'make an account'),
      }
    : {
        me: link('/users/me', { title: 'your account' }),
        orders: link('/orders{?status,first,after,fields,embed}', { templated: true, title: 'your orders; staff see all' }),
        order: link('/orders/{number}', { templated: true, title: 'an order by its number' }),
      };

export const addRootRoute = (api: Api): void =>
  addRoute(api, {
    method: 'GET',
    url: '/',
    id: 'getRoot',
    tag: 'root',
    summary: 'Where everything begins',
    description: 'Links to everything that this caller may do. Whoever follows links needs to know no other address.',
    answers: { 200: { description: 'The links.', schema: rootResource } },
    handler: async ({ caller }) => ({ body: { _links: { self: link('/'), ...accountLinks(caller), ...catalogueLinks, ...documentLinks } } }),
  });
