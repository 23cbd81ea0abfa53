import { isProduction, portWithOffset, readSettings, setting } from '@supergraph/service/config';
import { StartupError } from '@supergraph/service/startup-error';
import { z } from 'zod';

export interface SandboxConfig {
  host: string;
  port: number;
  logLevel: string;
  /** Whoever calls shows it: `Authorization: Bearer …`. */
  key: string;
  /** Signs callbacks (Standard Webhooks). */
  secret: string;
  callbackUrl: string;
  /** From a request to its callback, unless `POST /behaviour` says otherwise. */
  delayMs: number;
}

const DEVELOPMENT_KEY = 'payment-sandbox-development-key';

const webhookSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'expected whsec_ and at least 24 bytes in base64')
  .describe('the same secret as WEBHOOKS_PAYMENT_SECRET, for instance whsec_ and the answer of: openssl rand -base64 32');

/** The only place that knows the names of this room's environment variables. */
export const readConfig = (env: NodeJS.ProcessEnv): SandboxConfig => {
  if (isProduction(env))
    throw new StartupError(
      'payment-sandbox does not run where NODE_ENV is production: it settles payments without any money',
      'set ORDER_PAYMENT_URL to a real payment provider',
    );
  const settings = readSettings(
    'payment-sandbox',
    z.object({
      HOST: setting.host(),
      PAYMENT_SANDBOX_PORT: setting.port(portWithOffset(env, 4040)),
      PAYMENT_SANDBOX_LOG_LEVEL: setting.logLevel(),
      PAYMENT_SANDBOX_KEY: z.string().min(8).default(DEVELOPMENT_KEY),
      PAYMENT_SANDBOX_SECRET: webhookSecret,
      PAYMENT_SANDBOX_CALLBACK_URL: setting.httpUrl().default(`http://127.0.0.1:${portWithOffset(env, 4030)}/callbacks/payments`),
      PAYMENT_SANDBOX_DELAY_MS: setting.positiveInteger(300),
    }),
    env,
  );
  return {
    host: settings.HOST,
    port: settings.PAYMENT_SANDBOX_PORT,
    logLevel: settings.PAYMENT_SANDBOX_LOG_LEVEL,
    key: settings.PAYMENT_SANDBOX_KEY,
    secret: settings.PAYMENT_SANDBOX_SECRET,
    callbackUrl: settings.PAYMENT_SANDBOX_CALLBACK_URL,
    delayMs: settings.PAYMENT_SANDBOX_DELAY_MS,
  };
};
