import { expect, test } from 'vitest';
import { categoryPath, routeOf, signInPath } from './routes.ts';

test.each([
  ['/', { screen: 'home' }],
  [categoryPath('a/b?c'), { screen: 'category', slug: 'a/b?c' }],
  ['/product/85123A', { screen: 'product', sku: '85123A' }],
  ['/orders', { screen: 'orders' }],
  ['/orders/C543611', { screen: 'order', number: 'C543611' }],
  [signInPath('/orders/1?x=2'), { screen: 'sign-in', next: '/orders/1?x=2' }],
  ['/orders/', { screen: 'not-found' }],
  ['/orders/1/items', { screen: 'not-found' }],
  ['/product/%E0%A4%A', { screen: 'not-found' }],
  ['/somewhere', { screen: 'not-found' }],
])('%s', (path, route) => expect(routeOf(path)).toEqual(route));

test.each(['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', ''])('nobody is sent to %s after signing in', (next) =>
  expect(routeOf(signInPath(next))).toEqual({ screen: 'sign-in', next: '/' }),
);
