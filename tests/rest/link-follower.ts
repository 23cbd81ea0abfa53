import { type Link, onceHeaders, type Resource, type RestAnswer, send } from './rest-client.ts';

/** A client that knows one address, names of links and what to send; where things are and how to ask it is told. */
export interface LinkFollower {
  token: string | undefined;
  /** Every request so far, as `GET /orders`. */
  readonly trace: readonly string[];
  home(): Promise<Resource>;
  /** Follows a link of a resource: with the method that the link tells, or GET. @throws when it is not there, or not answered 2xx. */
  follow(resource: Resource, rel: string, options?: { variables?: Record<string, string>; body?: unknown }): Promise<Resource>;
}

const EXPRESSION = /\{(\??)([\w,]+)\}/g;
const METHOD = /^(POST|PATCH|DELETE): /;

/** The part of RFC 6570 that this API uses: `{name}` and `{?name,name}`. */
export const expandTemplate = (template: string, variables: Readonly<Record<string, string>>): string =>
  template.replace(EXPRESSION, (_all, isQuery: string, list: string) => {
    const given = list.split(',').filter((name) => variables[name] !== undefined);
    if (isQuery === '') return given.map((name) => encodeURIComponent(variables[name] ?? '')).join(',');
    return given.length === 0 ? '' : `?${new URLSearchParams(given.map((name) => [name, variables[name] ?? '']))}`;
  });

const linkOf = (resource: Resource, rel: string): Link => {
  const link = resource._links?.[rel];
  if (link === undefined) throw new Error(`there is no link '${rel}', only ${Object.keys(resource._links ?? {}).join(', ')}`);
  return link;
};

export const createLinkFollower = (url: string): LinkFollower => {
  const trace: string[] = [];
  const ask = async (method: string, path: string, body: unknown, token: string | undefined): Promise<RestAnswer> => {
    trace.push(`${method} ${path}`);
    const answer = await send(url, { method, path, token, body, headers: method === 'POST' ? onceHeaders() : {} });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  };
  const follower: LinkFollower = {
    token: undefined,
    trace,
    home: async () => (await ask('GET', '/', undefined, follower.token)).body,
    follow: async (resource, rel, { variables = {}, body } = {}) => {
      const { href, templated = false, title = '' } = linkOf(resource, rel);
      const path = templated ? expandTemplate(href, variables) : href;
      return (await ask(METHOD.exec(title)?.[1] ?? 'GET', path, body, follower.token)).body;
    },
  };
  return follower;
};

/** The only resource of a list that fits. */
export const findEmbedded = (page: Resource, list: string, fits: (item: Resource) => boolean): Resource => {
  const items = page._embedded?.[list];
  const [found] = (Array.isArray(items) ? items : []).filter(fits);
  if (found === undefined) throw new Error(`no such item among the ${list}: ${JSON.stringify(page).slice(0, 500)}`);
  return found;
};
