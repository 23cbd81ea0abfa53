import { createBffServer } from '@supergraph/bff/bff-server';
import { createRouterClient } from '@supergraph/bff/router-client';
import { listen } from '@supergraph/service/http-server';
import { createLogger } from '@supergraph/service/logging';
import type { Running } from '@supergraph/service/process';
import type { MobileConfig } from './config.ts';
import { VIEWS } from './views.ts';

export interface MobileApp extends Running {
  /** @returns the port in use. */
  listen(host: string, port: number): Promise<number>;
}

/** Wires the router to the views. */
export const createApp = async ({ routerUrl, logLevel }: MobileConfig): Promise<MobileApp> => {
  const logger = createLogger('mobile', logLevel);
  const router = createRouterClient({ url: new URL('/mobile/graphql', routerUrl).href, clientName: 'mobile-bff' });
  const http = await createBffServer({ logger, router, views: VIEWS, openapiFile: new URL('../openapi.json', import.meta.url) });
  return {
    listen: async (host, port) => {
      const used = await listen(http, 'mobile', host, port);
      logger.info({ port: used }, 'listening');
      return used;
    },
    close: () => http.close(),
  };
};
