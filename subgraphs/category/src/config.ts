import { portWithOffset, readSettings, setting } from '@supergraph/service/config';
import { type TokenSettings, tokenSettings, tokenShape } from '@supergraph/service/token-settings';
import { z } from 'zod';

export interface CategoryConfig {
  host: string;
  port: number;
  databaseUrl: string;
  /** Where events go to and come from. */
  busUrl: string;
  logLevel: string;
  tokens: TokenSettings;
}

/** The only place that knows the names of this room's environment variables. */
export const readConfig = (env: NodeJS.ProcessEnv): CategoryConfig => {
  const settings = readSettings(
    'category',
    z.object({
      HOST: setting.host(),
      CATEGORY_PORT: setting.port(portWithOffset(env, 4001)),
      CATEGORY_DATABASE_URL: setting.postgresUrl(),
      MESSAGE_BUS_URL: setting.busUrl(),
      CATEGORY_LOG_LEVEL: setting.logLevel(),
      ...tokenShape(env),
    }),
    env,
  );
  return {
    host: settings.HOST,
    port: settings.CATEGORY_PORT,
    databaseUrl: settings.CATEGORY_DATABASE_URL,
    busUrl: settings.MESSAGE_BUS_URL,
    logLevel: settings.CATEGORY_LOG_LEVEL,
    tokens: tokenSettings(settings),
  };
};
