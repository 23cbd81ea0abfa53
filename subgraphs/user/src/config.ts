import { isProduction, portWithOffset, readSettings, setting } from '@supergraph/service/config';
import { issuerShape } from '@supergraph/service/token-settings';
import { z } from 'zod';

export interface UserConfig {
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
  /** Encrypts the signing keys in the database. */
  keySecret: string;
  keyRotationDays: number;
  /** Whether the accounts of the sample data may sign in. */
  developmentAccounts: boolean;
  tokens: { issuer: string; audience: string };
}

const DEVELOPMENT_KEY_SECRET = 'supergraph-development-only';

const keySecret = (production: boolean) => {
  const secret = z.string().min(16, 'expected at least 16 characters');
  return production
    ? secret.refine((value) => value !== DEVELOPMENT_KEY_SECRET, 'expected a secret of your own, not the one of development')
    : secret.default(DEVELOPMENT_KEY_SECRET);
};

/** The only place that knows the names of this room's environment variables. */
export const readConfig = (env: NodeJS.ProcessEnv): UserConfig => {
  const settings = readSettings(
    'user',
    z.object({
      HOST: setting.host(),
      USER_PORT: setting.port(portWithOffset(env, 4002)),
      USER_GRPC_PORT: setting.port(portWithOffset(env, 4102)),
      USER_DATABASE_URL: setting.postgresUrl(),
      MESSAGE_BUS_URL: setting.busUrl(),
      USER_LOG_LEVEL: setting.logLevel(),
      USER_KEY_SECRET: keySecret(isProduction(env)),
      USER_KEY_ROTATION_DAYS: setting.positiveInteger(30),
      USER_INTERNAL_KEY: setting.internalKey(),
      ...issuerShape,
    }),
    env,
  );
  return {
    host: settings.HOST,
    port: settings.USER_PORT,
    grpcPort: settings.USER_GRPC_PORT,
    databaseUrl: settings.USER_DATABASE_URL,
    busUrl: settings.MESSAGE_BUS_URL,
    logLevel: settings.USER_LOG_LEVEL,
    internalKey: settings.USER_INTERNAL_KEY,
    grpcReflection: !isProduction(env),
    keySecret: settings.USER_KEY_SECRET,
    keyRotationDays: settings.USER_KEY_ROTATION_DAYS,
    developmentAccounts: !isProduction(env),
    tokens: { issuer: settings.TOKEN_ISSUER, audience: settings.TOKEN_AUDIENCE },
  };
};
