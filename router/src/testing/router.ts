import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Running } from '@supergraph/service/process';
import type { RouterConfig } from '../config.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of any operation.
type Answer = any;

interface App extends Running {
  listen(host: string, port: number): Promise<number>;
}

export interface TestRouter {
  app: App;
  url: string;
  query(query: string, headers?: Record<string, string>, variables?: Record<string, unknown>, path?: string): Promise<Answer>;
}

export const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'router-test-'));

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

type StartRouter = (supergraphFile: string, overrides?: Partial<RouterConfig>) => Promise<TestRouter>;

/** Made from `createApp`, which only tests themselves may import. */
export const routerStarter =
  (createApp: (config: RouterConfig) => Promise<App>): StartRouter =>
  async (supergraphFile, overrides = {}) => {
    const app = await createApp({
      host: '127.0.0.1',
      port: 0,
      supergraphFile,
      subgraphUrls: new Map(),
      subgraphKeys: new Map(),
      // There is none: every setting has its default.
      settingsFile: join(tmpdir(), 'router-test-without-settings.yaml'),
      clientsFolder: join(tmpdir(), 'router-test-without-clients'),
      tokenIssuers: [],
      engine: 'supergraph',
      introspection: undefined,
      redisUrl: undefined,
      busUrl: undefined,
      operationFolders: [],
      corsOrigins: [],
      production: false,
      logLevel: 'silent',
      ...overrides,
    });
    const url = `http://127.0.0.1:${await app.listen('127.0.0.1', 0)}`;
    return {
      app,
      url,
      query: async (query, headers = {}, variables = {}, path = '/graphql') => {
        const response = await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ query, variables }),
        });
        return response.json();
      },
    };
  };

export const waitUntil = async (holds: () => Promise<boolean>, timeoutMs = 3_000): Promise<void> => {
  const end = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`did not happen within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
