import { isProduction, portWithOffset, readSettings, setting } from '@supergraph/service/config';
import { z } from 'zod';

export interface OrderConfig {
  host: string;
  port: number;
  grpcPort: number;
  /** Whether gRPC tells everybody what can be called. */
  grpcReflection: boolean;
  databaseUrl: string;
  /** Where events go to and come from. */
  busUrl: string;
  logLevel: string;
  /** Requests of the router and the REST door are signed with it. */
  internalKey: string;
  /** The payment provider's API. */
  paymentUrl: string;
  paymentKey: string;
  /** The user subgraph, which tells what whoever sent a command may do by now. */
  userUrl: string;
  userKey: string;
}

const DEVELOPMENT_PAYMENT_KEY = 'payment-sandbox-development-key';

const paymentKey = z.string().regex(/^[\x21-\x7e]{8,256}$/, 'expected 8 to 256 printable characters without spaces');

/** The only place that knows the names of this room's environment variables. */
export const readConfig = (env: NodeJS.ProcessEnv): OrderConfig => {
  const sandbox = `http://127.0.0.1:${portWithOffset(env, 4040)}`;
  const settings = readSettings(
    'order',
    z.object({
      HOST: setting.host(),
      ORDER_PORT: setting.port(portWithOffset(env, 4003)),
      ORDER_GRPC_PORT: setting.port(portWithOffset(env, 4103)),
      ORDER_DATABASE_URL: setting.postgresUrl(),
      MESSAGE_BUS_URL: setting.busUrl(),
      ORDER_LOG_LEVEL: setting.logLevel(),
      ORDER_INTERNAL_KEY: setting.internalKey(),
      ORDER_PAYMENT_URL: (isProduction(env) ? setting.httpUrl() : setting.httpUrl().default(sandbox)).describe("the payment provider's URL"),
      ORDER_PAYMENT_KEY: (isProduction(env) ? paymentKey : paymentKey.default(DEVELOPMENT_PAYMENT_KEY)).describe("the payment provider's key"),
      ORDER_USER_URL: setting.httpUrl().default(`http://127.0.0.1:${portWithOffset(env, 4002)}`),
      ORDER_USER_KEY: setting.internalKey(),
    }),
    env,
  );
  return {
    host: settings.HOST,
    port: settings.ORDER_PORT,
    grpcPort: settings.ORDER_GRPC_PORT,
    grpcReflection: !isProduction(env),
    databaseUrl: settings.ORDER_DATABASE_URL,
    busUrl: settings.MESSAGE_BUS_URL,
    logLevel: settings.ORDER_LOG_LEVEL,
    internalKey: settings.ORDER_INTERNAL_KEY,
    paymentUrl: settings.ORDER_PAYMENT_URL,
    paymentKey: settings.ORDER_PAYMENT_KEY,
    userUrl: settings.ORDER_USER_URL,
    userKey: settings.ORDER_USER_KEY,
  };
};
