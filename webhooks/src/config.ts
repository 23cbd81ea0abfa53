import type { TokenIssuer } from '@supergraph/identity/token-verifier';
import { isProduction, portWithOffset, readSettings, setting } from '@supergraph/service/config';
import { tokenIssuers, tokenShape } from '@supergraph/service/token-settings';
import { z } from 'zod';

export interface WebhooksConfig {
  host: string;
  port: number;
  databaseUrl: string;
  /** Where events go to and come from. */
  busUrl: string;
  logLevel: string;
  /** The router's requests are signed with it. */
  internalKey: string;
  /** Encrypts the secrets of endpoints in the database. */
  keySecret: string;
  /** Whether endpoints may be anywhere, also on this machine. */
  allowPrivate: boolean;
  /** `whsec_…`: the payment provider signs its callbacks with it. */
  paymentSecret: string;
  /** Where the selections of endpoints are run. */
  routerUrl: string;
  /** Where tokens for owners come from, and what calls there are signed with. */
  userUrl: string;
  userKey: string;
  /** Seconds before each attempt; undefined for the schedule of Standard Webhooks. */
  retrySchedule: readonly number[] | undefined;
  /** Whose access tokens open `/webhooks`. */
  tokenIssuers: readonly TokenIssuer[];
}

const DEVELOPMENT_KEY_SECRET = 'supergraph-development-only';
/** `payment-sandbox-development-only` */
const DEVELOPMENT_PAYMENT_SECRET = 'whsec_cGF5bWVudC1zYW5kYm94LWRldmVsb3BtZW50LW9ubHk=';

const ownSecret = (secret: z.ZodString, development: string, production: boolean) =>
  production
    ? secret.refine((value) => value !== development, 'expected a secret of your own, not the one of development')
    : secret.default(development);

const flag = z.enum(['0', '1', 'false', 'true']).transform((text) => text === '1' || text === 'true');

/** What would weaken a real service is refused there, not ignored. */
const allowPrivate = (production: boolean) =>
  flag.default(false).refine((allowed) => !(allowed && production), 'not allowed in production: endpoints must be on the public internet');

const retrySchedule = (production: boolean) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?(,\d+(\.\d+)?){0,99}$/, 'expected seconds separated by commas, for instance 0,1,2')
    .transform((text) => text.split(',').map(Number))
    .refine(() => !production, 'not allowed in production: the schedule of Standard Webhooks holds')
    .optional();

const shapeFor = (env: NodeJS.ProcessEnv, production: boolean) => ({
  HOST: setting.host(),
  WEBHOOKS_PORT: setting.port(portWithOffset(env, 4030)),
  WEBHOOKS_DATABASE_URL: setting.postgresUrl(),
  MESSAGE_BUS_URL: setting.busUrl(),
  WEBHOOKS_LOG_LEVEL: setting.logLevel(),
  WEBHOOKS_INTERNAL_KEY: setting.internalKey(),
  WEBHOOKS_KEY_SECRET: ownSecret(z.string().min(16, 'expected at least 16 characters'), DEVELOPMENT_KEY_SECRET, production),
  WEBHOOKS_ALLOW_PRIVATE: allowPrivate(production),
  WEBHOOKS_PAYMENT_SECRET: ownSecret(
    z.string().regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'expected whsec_ and at least 24 bytes in base64'),
    DEVELOPMENT_PAYMENT_SECRET,
    production,
  ),
  WEBHOOKS_ROUTER_URL: setting.httpUrl().default(`http://127.0.0.1:${portWithOffset(env, 4000)}/graphql`),
  WEBHOOKS_USER_URL: setting.httpUrl().default(`http://127.0.0.1:${portWithOffset(env, 4002)}`),
  WEBHOOKS_USER_KEY: setting.internalKey(),
  WEBHOOKS_RETRY_SCHEDULE: retrySchedule(production),
  ...tokenShape(env),
});

/** The only place that knows the names of this room's environment variables. */
export const readConfig = (env: NodeJS.ProcessEnv): WebhooksConfig => {
  const settings = readSettings('webhooks', z.object(shapeFor(env, isProduction(env))), env);
  return {
    host: settings.HOST,
    port: settings.WEBHOOKS_PORT,
    databaseUrl: settings.WEBHOOKS_DATABASE_URL,
    busUrl: settings.MESSAGE_BUS_URL,
    logLevel: settings.WEBHOOKS_LOG_LEVEL,
    internalKey: settings.WEBHOOKS_INTERNAL_KEY,
    keySecret: settings.WEBHOOKS_KEY_SECRET,
    allowPrivate: settings.WEBHOOKS_ALLOW_PRIVATE,
    paymentSecret: settings.WEBHOOKS_PAYMENT_SECRET,
    routerUrl: settings.WEBHOOKS_ROUTER_URL,
    userUrl: settings.WEBHOOKS_USER_URL,
    userKey: settings.WEBHOOKS_USER_KEY,
    retrySchedule: settings.WEBHOOKS_RETRY_SCHEDULE,
    tokenIssuers: tokenIssuers(settings),
  };
};
