import { isProduction } from '@supergraph/service/config';
import { bad, type Finding, good, note, type Patient } from './finding.ts';

const DEVELOPMENT_SECRET = 'supergraph-development-only';
const INTERNAL_KEY_BYTES = 32;
const SECRET_BYTES = 16;
/** A key of one letter repeated is long and worthless. */
const MIN_DISTINCT = 8;
const MAKE_ONE = 'make one: openssl rand -hex 32';

interface Key {
  variable: string;
  value: string;
  minBytes: number;
}

const INTERNAL_KEY = /^[A-Z][A-Z0-9_]*_INTERNAL_KEY$|^WEBHOOKS_USER_KEY$/;
const LISTS = ['ROUTER_SUBGRAPH_KEYS', 'REST_SUBGRAPH_KEYS'];
const SECRETS = ['USER_KEY_SECRET', 'WEBHOOKS_KEY_SECRET'];

const keysIn = (env: NodeJS.ProcessEnv): Key[] =>
  Object.entries(env).flatMap(([variable, value]) => {
    if (!value) return [];
    if (INTERNAL_KEY.test(variable)) return [{ variable, value, minBytes: INTERNAL_KEY_BYTES }];
    if (SECRETS.includes(variable)) return [{ variable, value, minBytes: SECRET_BYTES }];
    if (!LISTS.includes(variable)) return [];
    return value.split(',').map((entry) => {
      const [name = '', ...key] = entry.split('=');
      return { variable: `${variable} (${name.slice(0, 64)})`, value: key.join('='), minBytes: INTERNAL_KEY_BYTES };
    });
  });

const weaknessOf = ({ value, minBytes }: Key): string | undefined => {
  const bytes = Buffer.byteLength(value);
  if (bytes < minBytes) return `has ${bytes} bytes, expected at least ${minBytes}`;
  if (new Set(value).size < MIN_DISTINCT) return `has only ${new Set(value).size} different characters`;
  return undefined;
};

/** Keys that two processes must know alike, and do not. */
const disagreements = (env: NodeJS.ProcessEnv): Finding[] => {
  const routerKeys = (env['ROUTER_SUBGRAPH_KEYS'] ?? '').split(',').map((entry) => entry.split('='));
  return routerKeys.flatMap(([name = '', ...key]) => {
    const variable = `${name.toUpperCase().replaceAll('-', '_')}_INTERNAL_KEY`;
    const own = env[variable];
    return own && own !== key.join('=')
      ? [bad('keys', `${variable} is not the key that ROUTER_SUBGRAPH_KEYS has for ${name}`, 'give both the same')]
      : [];
  });
};

/** How strong the keys of the environment are; what they are is never shown. */
export const examineKeys = ({ env }: Patient): Finding[] => {
  const keys = keysIn(env);
  const production = isProduction(env);
  const findings = keys.flatMap((key) => {
    if (production && key.value === DEVELOPMENT_SECRET) return [bad('keys', `${key.variable} is the secret of development`, MAKE_ONE)];
    const weakness = weaknessOf(key);
    return weakness === undefined ? [] : [bad('keys', `${key.variable} ${weakness}`, MAKE_ONE)];
  });
  const missing = production ? ['USER_KEY_SECRET', 'ROUTER_SUBGRAPH_KEYS'].filter((variable) => !env[variable]) : [];
  findings.push(...missing.map((variable) => bad('keys', `${variable} is not set, and NODE_ENV is production`, MAKE_ONE)), ...disagreements(env));
  if (findings.length > 0) return findings;
  if (keys.length > 0) return [good('keys', `${keys.length} in the environment, all long enough`)];
  return production
    ? [note('keys', 'none in the environment', 'see the README of each room')]
    : [good('keys', 'made anew at every start, as nothing is set')];
};
