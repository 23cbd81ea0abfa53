import { type RequestError, requestInvalid } from './request-errors.ts';

const ALWAYS = ['_links', '_embedded'];

const namesIn = (parameter: string, text: string | undefined, known: readonly string[]): ReadonlySet<string> | undefined => {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  const errors: RequestError[] = names
    .filter((name) => !known.includes(name))
    .map((name) => ({ parameter, detail: `there is no '${name}'; known are ${known.join(', ')}` }));
  if (errors.length > 0) throw requestInvalid(errors);
  return new Set(names);
};

/** What `?fields=` keeps, or undefined for everything. */
export const fieldsIn = (text: string | undefined, known: readonly string[]) => namesIn('fields', text, known);

const NOTHING: ReadonlySet<string> = new Set();

/** What `?embed=` asks for. */
export const embedIn = (text: string | undefined, known: readonly string[]): ReadonlySet<string> => namesIn('embed', text, known) ?? NOTHING;

/** Cuts a resource down; of a page, each of its items (`listed` names them). Links and what is embedded always stay. */
export const cut = (body: object, fields: ReadonlySet<string>, listed: string | undefined): object => {
  if (listed === undefined) return Object.fromEntries(Object.entries(body).filter(([name]) => fields.has(name) || ALWAYS.includes(name)));
  const { _embedded, ...page } = body as { _embedded: Record<string, object[]> };
  return { ...page, _embedded: { ..._embedded, [listed]: (_embedded[listed] ?? []).map((item) => cut(item, fields, undefined)) } };
};
