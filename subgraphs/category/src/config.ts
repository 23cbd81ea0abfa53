import { isProduction, portWithOffset, readSettings, setting } from '@supergraph/service/config';
import { z } from 'zod';

export interface CategoryConfig {
  host: string;
  port: number;
  grpcPort: number;
  databaseUrl: string;
  /** Where events go to and come from. */
  busUrl: string;
  logLevel: string;
  /** The router's requests are signed with it. */
  internalKey: string;
  /** Whether anybody may ask what can be called by gRPC. */
  grpcReflection: boolean;
}

/** The only place that knows the names of this room's environment variables. */
export const readConfig = (env: NodeJS.ProcessEnv): CategoryConfig => {
  const settings = readSettings(
    'category',
    z.object({
      HOST: setting.host(),
      CATEGORY_PORT: setting.port(portWithOffset(env, 4001)),
      CATEGORY_GRPC_PORT: setting.port(portWithOffset(env, 4101)),
      CATEGORY_DATABASE_URL: setting.postgresUrl(),
      MESSAGE_BUS_URL: setting.busUrl(),
      CATEGORY_LOG_LEVEL: setting.logLevel(),
      CATEGORY_INTERNAL_KEY: setting.internalKey(),
    }),
    env,
  );
  return {
    host: settings.HOST,
    port: settings.CATEGORY_PORT,
    grpcPort: settings.CATEGORY_GRPC_PORT,
    databaseUrl: settings.CATEGORY_DATABASE_URL,
    busUrl: settings.MESSAGE_BUS_URL,
    logLevel: settings.CATEGORY_LOG_LEVEL,
    internalKey: settings.CATEGORY_INTERNAL_KEY,
    grpcReflection: !isProduction(env),
  };
};
