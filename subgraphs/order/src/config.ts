import { portWithOffset, readSettings, setting } from '@supergraph/service/config';
import { z } from 'zod';

export interface OrderConfig {
  host: string;
  port: number;
  databaseUrl: string;
  /** Where events go to and come from. */
  busUrl: string;
  logLevel: string;
  /** The router's requests are signed with it. */
  internalKey: string;
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
      ORDER_INTERNAL_KEY: setting.internalKey(),
    }),
    env,
  );
  return {
    host: settings.HOST,
    port: settings.ORDER_PORT,
    databaseUrl: settings.ORDER_DATABASE_URL,
    busUrl: settings.MESSAGE_BUS_URL,
    logLevel: settings.ORDER_LOG_LEVEL,
    internalKey: settings.ORDER_INTERNAL_KEY,
  };
};
