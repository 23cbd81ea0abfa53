import { fileURLToPath } from 'node:url';
import { portWithOffset, readSettings, setting } from '@supergraph/service/config';
import { z } from 'zod';

export interface WebConfig {
  host: string;
  port: number;
  /** Base URL of the router. */
  routerUrl: string;
  /** Folder of the built storefront. */
  storefront: string;
  /** Addresses or ranges whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  logLevel: string;
}

const BUILT = fileURLToPath(new URL('../../../apps/storefront/dist', import.meta.url));

/** The only place that knows the names of this room's environment variables. */
export const readConfig = (env: NodeJS.ProcessEnv): WebConfig => {
  const settings = readSettings(
    'web',
    z.object({
      HOST: setting.host(),
      WEB_PORT: setting.port(portWithOffset(env, 4021)),
      WEB_ROUTER_URL: setting.httpUrl().default(`http://127.0.0.1:${portWithOffset(env, 4000)}`),
      WEB_STOREFRONT: z.string().min(1).default(BUILT),
      WEB_TRUSTED_PROXIES: setting.trustedProxies(),
      WEB_LOG_LEVEL: setting.logLevel(),
    }),
    env,
  );
  return {
    host: settings.HOST,
    port: settings.WEB_PORT,
    routerUrl: settings.WEB_ROUTER_URL,
    storefront: settings.WEB_STOREFRONT,
    trustedProxies: settings.WEB_TRUSTED_PROXIES,
    logLevel: settings.WEB_LOG_LEVEL,
  };
};
