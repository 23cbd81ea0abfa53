/** A link object of HAL (https://datatracker.ietf.org/doc/html/draft-kelly-json-hal-11, section 5). */
export interface Link {
  href: string;
  templated?: true;
  title?: string;
  name?: string;
}

export type Links = Record<string, Link>;

/** A path whose values are encoded: path`/orders/${number}`. */
export const path = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  parts.map((part, index) => (index === 0 ? part : `${encodeURIComponent(values[index - 1] ?? '')}${part}`)).join('');

export const link = (href: string, more: Omit<Link, 'href'> = {}): Link => ({ href, ...more });

/** A link that changes something. HAL has no place for methods: the title begins with it (docs/decisions/0012-hal.md). */
export const action = (method: 'POST' | 'PATCH' | 'DELETE', href: string, title: string): Link => ({ href, title: `${method}: ${title}` });

/** `href` with the parameters that have a value. */
export const withQuery = (href: string, parameters: Readonly<Record<string, string | number | undefined>>): string => {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return given.length === 0 ? href : `${href}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
};
