import { portWithOffset, readSettings, setting } from '@supergraph/service/config';
import { type TokenSettings, tokenSettings, tokenShape } from '@supergraph/service/token-settings';
import { z } from 'zod';

export interface OrderConfig {
  host: string;
  port: number;
  databaseUrl: string;
  /** Where events go to and come from. */
  busUrl: string;
  logLevel: string;
  tokens: TokenSettings;
}

/** The only place that knows the names of this room's environment variables. */
export const readConfig = (env: NodeJS.ProcessEnv): OrderConfig => {
  const settings = readSettings(
    'order',
    z.object({
      HOST: setting.host(),
      ORDER_PORT: setting.port(portWithOffset(env, 4003)),
      ORDER_DATABASE_URL: setting.postgresUrl(),
      MESSAGE_BUS_URL: setting.busUrl(),
      ORDER_LOG_LEVEL: setting.logLevel(),
      ...tokenShape(env),
    }),
    env,
  );
  return {
    host: settings.HOST,
    port: settings.ORDER_PORT,
    databaseUrl: settings.ORDER_DATABASE_URL,
    busUrl: settings.MESSAGE_BUS_URL,
    logLevel: settings.ORDER_LOG_LEVEL,
    tokens: tokenSettings(settings),
  };
};
