import { portWithOffset, readSettings, setting } from '@supergraph/service/config';
import { z } from 'zod';

export interface MobileConfig {
  host: string;
  port: number;
  /** Base URL of the router. */
  routerUrl: string;
  logLevel: string;
}

/** The only place that knows the names of this room's environment variables. */
export const readConfig = (env: NodeJS.ProcessEnv): MobileConfig => {
  const settings = readSettings(
    'mobile',
    z.object({
      HOST: setting.host(),
      MOBILE_PORT: setting.port(portWithOffset(env, 4020)),
      MOBILE_ROUTER_URL: setting.httpUrl().default(`http://127.0.0.1:${portWithOffset(env, 4000)}`),
      MOBILE_LOG_LEVEL: setting.logLevel(),
    }),
    env,
  );
  return { host: settings.HOST, port: settings.MOBILE_PORT, routerUrl: settings.MOBILE_ROUTER_URL, logLevel: settings.MOBILE_LOG_LEVEL };
};
