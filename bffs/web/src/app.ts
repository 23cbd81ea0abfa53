import { createBffServer } from '@supergraph/bff/bff-server';
import { createRouterClient } from '@supergraph/bff/router-client';
import { listen } from '@supergraph/service/http-server';
import { createLogger } from '@supergraph/service/logging';
import type { Running } from '@supergraph/service/process';
import type { WebConfig } from './config.ts';
import { addGraphqlProxy, GRAPHQL_ENDPOINT } from './graphql-proxy.ts';
import { addStorefront, storefrontPage } from './storefront.ts';
import { addSubscriptionRelay, STREAM_ENDPOINT } from './subscription-relay.ts';
import { VIEWS } from './views.ts';

export interface WebApp extends Running {
  /** @returns the port in use. */
  listen(host: string, port: number): Promise<number>;
}

/** Wires the router to the views, and serves the storefront beside them. */
export const createApp = async ({ routerUrl, storefront, trustedProxies, logLevel }: WebConfig): Promise<WebApp> => {
  const logger = createLogger('web', logLevel);
  const url = new URL('/web/graphql', routerUrl).href;
  const http = await createBffServer({
    logger,
    router: createRouterClient({ url, clientName: 'web-bff' }),
    views: VIEWS,
    openapiFile: new URL('../openapi.json', import.meta.url),
    endpoints: [GRAPHQL_ENDPOINT, STREAM_ENDPOINT],
    fallback: storefrontPage(storefront),
  });
  const storefrontRouter = createRouterClient({ url, clientName: 'web-app' });
  addGraphqlProxy(http, storefrontRouter);
  addSubscriptionRelay(http, storefrontRouter, trustedProxies);
  await addStorefront(http, storefront);
  return {
    listen: async (host, port) => {
      const used = await listen(http, 'web', host, port);
      logger.info({ port: used }, 'listening');
      return used;
    },
    close: () => http.close(),
  };
};
