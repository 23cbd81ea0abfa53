/** Every screen and its path. */
export type Route =
  | { screen: 'home' | 'basket' | 'checkout' | 'orders' | 'not-found' }
  | { screen: 'sign-in' | 'sign-up'; next: string }
  | { screen: 'category'; slug: string }
  | { screen: 'product'; sku: string }
  | { screen: 'order'; number: string };

export const categoryPath = (slug: string): string => `/category/${encodeURIComponent(slug)}`;
export const productPath = (sku: string): string => `/product/${encodeURIComponent(sku)}`;
export const orderPath = (number: string): string => `/orders/${encodeURIComponent(number)}`;
export const signInPath = (next: string): string => `/sign-in?next=${encodeURIComponent(next)}`;
export const signUpPath = (next: string): string => `/sign-up?next=${encodeURIComponent(next)}`;

/** Where to go after signing in: a path of this shop, never another site's. */
const safeNext = (next: string | null): string => (next !== null && /^\/(?![/\\])/.test(next) ? next : '/');

const decoded = (text: string | undefined): string | undefined => {
  try {
    return text === undefined || text === '' ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const NOT_FOUND: Route = { screen: 'not-found' };

const routeOfOne = (segment: string, next: string): Route => {
  if (segment === '') return { screen: 'home' };
  if (segment === 'sign-in' || segment === 'sign-up') return { screen: segment, next };
  return segment === 'basket' || segment === 'checkout' || segment === 'orders' ? { screen: segment } : NOT_FOUND;
};

const routeOfTwo = (segment: string, name: string): Route => {
  if (segment === 'category') return { screen: 'category', slug: name };
  if (segment === 'product') return { screen: 'product', sku: name };
  return segment === 'orders' ? { screen: 'order', number: name } : NOT_FOUND;
};

export const routeOf = (path: string): Route => {
  const url = new URL(path, 'http://shop.invalid');
  const [first = '', second, ...further] = url.pathname.slice(1).split('/');
  if (further.length > 0) return NOT_FOUND;
  if (second === undefined) return routeOfOne(first, safeNext(url.searchParams.get('next')));
  const name = decoded(second);
  return name === undefined ? NOT_FOUND : routeOfTwo(first, name);
};
