import { type Child, startChild } from '@supergraph/cli/child';
import { freePort } from '../postgres.ts';
import { bearer, ROOT, startWorld, type World } from '../world.ts';

export const BFFS = ['mobile', 'web'] as const;
export type Bff = (typeof BFFS)[number];

export interface RunningBff {
  url: string;
  process: Child;
}

/** What a view answered. */
export interface ViewAnswer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects.
  body: any;
}

/** The graph with both BFFs beside the router. */
export interface BffWorld extends World {
  bffs: Readonly<Record<Bff, RunningBff>>;
  /** Asks a BFF for a path. */
  view(bff: Bff, path: string, more?: { token?: string | undefined; body?: unknown; headers?: Record<string, string> }): Promise<ViewAnswer>;
}

export interface BffWorldOptions {
  /** What the BFFs call instead of the router, given its base URL. */
  routerFor?: (routerUrl: string) => Promise<string>;
  /** Folder of a built storefront. */
  storefront?: string;
}

const DEADLINE_MS = 20_000;

export const startBffWorld = async ({ routerFor, storefront }: BffWorldOptions = {}): Promise<BffWorld> => {
  const world = await startWorld();
  const routerUrl = (await routerFor?.(world.url)) ?? world.url;
  const start = async (name: Bff): Promise<RunningBff> => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const prefix = name.toUpperCase();
    const env = {
      ...process.env,
      [`${prefix}_PORT`]: String(port),
      [`${prefix}_ROUTER_URL`]: routerUrl,
      ...(storefront === undefined ? {} : { WEB_STOREFRONT: storefront }),
    };
    const mainFile = `${ROOT}bffs/${name}/src/main.ts`;
    return { url, process: startChild({ name, mainFile, env, url, onLine: () => undefined, onUnexpectedExit: () => undefined }) };
  };
  const bffs = { mobile: await start('mobile'), web: await start('web') };
  const stop = async (): Promise<void> => {
    await Promise.all(BFFS.map((name) => bffs[name].process.stop(4_000)));
    await world.stop();
  };
  await Promise.all(BFFS.map((name) => bffs[name].process.ready())).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    ...world,
    bffs,
    stop,
    view: async (bff, path, { token, body, headers } = {}) => {
      const response = await fetch(`${bffs[bff].url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...bearer(token), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
      return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
    },
  };
};
