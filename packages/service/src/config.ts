import { isAddressOrRange } from '@supergraph/identity/client-address';
import { z } from 'zod';
import { StartupError } from './startup-error.ts';

/** A TCP port; 0 lets the system choose one. */
const port = z
  .string()
  .regex(/^\d{1,5}$/, 'expected a port, 0 to 65535')
  .transform(Number)
  .refine((number) => number <= 65_535, 'expected a port, 0 to 65535');

/** `PORT_OFFSET` moves every default port, so that two checkouts can run side by side. */
export const portWithOffset = (env: NodeJS.ProcessEnv, standard: number): number => standard + (Number(env['PORT_OFFSET'] ?? 0) || 0);

/** A secret between two processes; no comma, because lists of keys are separated by commas. */
const internalKey = z
  .string()
  .regex(/^[^\s,]{32,}$/, 'expected at least 32 characters without spaces and commas, for instance from: openssl rand -hex 32')
  .describe("the same key as in the router's ROUTER_SUBGRAPH_KEYS, for instance from: openssl rand -hex 32");

const internalKeys = z
  .string()
  .default('')
  .transform((text, context) => {
    const keys = new Map<string, string>();
    const items = text.split(',').map((item) => item.trim());
    for (const [index, item] of items.entries()) {
      if (item === '') continue;
      const [, name = '', key = ''] = /^([^=\s]+)=(.*)$/.exec(item) ?? [];
      if (internalKey.safeParse(key).success && !keys.has(name)) keys.set(name, key);
      else context.addIssue({ code: 'custom', message: `expected name=key of at least 32 characters, one of each name, at entry ${index + 1}` });
    }
    return keys as ReadonlyMap<string, string>;
  });

const trustedProxies = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )
  .refine((items) => items.every(isAddressOrRange), 'expected IP addresses or ranges (10.0.0.0/8), separated by commas');

/** The building blocks a room's schema is made of; each accepts the text of an environment variable. */
export const setting = {
  port: (standard: number) => port.default(standard),
  host: () => z.string().min(1).default('127.0.0.1'),
  postgresUrl: () => z.string().regex(/^postgres(ql)?:\/\/.+/, 'expected postgres://user:password@host:port/database'),
  busUrl: () => z.string().regex(/^[a-z+]+:\/\/.+/, 'expected the URL of a broker, for instance amqp://127.0.0.1:5672'),
  httpUrl: () => z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// URL' }),
  /** The key with which callers of this process sign their internal tokens. */
  internalKey: () => internalKey,
  /** `name=key,name=key`: the keys of the services that this process calls, by their names. */
  internalKeys: () => internalKeys,
  /** Addresses and ranges whose `X-Forwarded-For` is believed, separated by commas; none when left out. */
  trustedProxies: () => trustedProxies,
  logLevel: () => z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  positiveInteger: (standard: number) =>
    z
      .string()
      .regex(/^[1-9]\d{0,8}$/, 'expected a whole number above 0')
      .transform(Number)
      .default(standard),
};

/**
 * Reads a room's settings from the environment. `schema` has one key per variable name. A variable that is set to the
 * empty string counts as not set. All problems are reported at once, by name and expectation (of one that is missing its
 * description); values are never printed, because some of them are secrets.
 * @throws StartupError naming every variable that is missing or wrong.
 */
export const readSettings = <Shape extends z.ZodRawShape>(
  room: string,
  schema: z.ZodObject<Shape>,
  env: NodeJS.ProcessEnv,
): z.infer<z.ZodObject<Shape>> => {
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => name in schema.shape && value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    if (name in given) return `${name}: ${issue.message}`;
    const hint = (schema.shape[name] as z.ZodType | undefined)?.description;
    return `${name}: not set${hint === undefined ? '' : `, expected ${hint}`}`;
  });
  throw new StartupError(
    `${room} cannot start, ${problems.length} environment variable${problems.length === 1 ? '' : 's'} wrong: ${problems.join('; ')}`,
    `set ${result.error.issues.map((issue) => String(issue.path[0])).join(', ')} in the environment of ${room}`,
  );
};

/** True when the process runs for real users: development conveniences are off. */
export const isProduction = (env: NodeJS.ProcessEnv): boolean => env['NODE_ENV'] === 'production';
