import { randomBytes } from 'node:crypto';
import { isProduction } from '@supergraph/service/config';

/** What order, payment provider and webhooks share in pairs. Each process is given its own and no other. */
export interface PaymentSecrets {
  /** Settings of a process: what it needs, and undefined for every secret that may stand in our own environment. */
  ofRoom(name: string): NodeJS.ProcessEnv;
}

/** By process, the variables under which it knows the key of payments and the secret of callbacks. */
const VARIABLES: Readonly<Record<string, { key?: string; secret?: string }>> = {
  order: { key: 'ORDER_PAYMENT_KEY' },
  webhooks: { secret: 'WEBHOOKS_PAYMENT_SECRET' },
  'payment-sandbox': { key: 'PAYMENT_SANDBOX_KEY', secret: 'PAYMENT_SANDBOX_SECRET' },
};

const namesOf = (kind: 'key' | 'secret'): string[] => Object.values(VARIABLES).flatMap((names) => names[kind] ?? []);

/**
 * What the environment gives is kept; the rest is random and ends with this run. In production nothing is made up: a real provider knows
 * neither, and the rooms say what is missing.
 */
export const createPaymentSecrets = (env: NodeJS.ProcessEnv): PaymentSecrets => {
  const given = (kind: 'key' | 'secret'): string | undefined =>
    namesOf(kind)
      .map((name) => env[name])
      .find(Boolean);
  const made = (value: string): string | undefined => (isProduction(env) ? undefined : value);
  const key = given('key') ?? made(randomBytes(32).toString('hex'));
  const secret = given('secret') ?? made(`whsec_${randomBytes(32).toString('base64')}`);
  const none = Object.fromEntries([...namesOf('key'), ...namesOf('secret')].map((name) => [name, undefined]));
  return {
    ofRoom: (name) => {
      const names = VARIABLES[name] ?? {};
      return {
        ...none,
        ...(names.key === undefined ? {} : { [names.key]: key }),
        ...(names.secret === undefined ? {} : { [names.secret]: secret }),
      };
    },
  };
};
