import { z } from 'zod';
import { portWithOffset, setting } from './config.ts';

/** Whom access tokens must come from and be meant for. */
export interface TokenSettings {
  jwksUrl: string;
  issuer: string;
  audience: string;
}

/** The variables every room that reads access tokens has; the defaults fit the embedded user subgraph. */
export const tokenShape = (env: NodeJS.ProcessEnv) => ({
  TOKEN_JWKS_URL: setting.httpUrl().default(`http://127.0.0.1:${portWithOffset(env, 4002)}/.well-known/jwks.json`),
  TOKEN_ISSUER: z.string().min(1).default('https://user.supergraph.local'),
  TOKEN_AUDIENCE: z.string().min(1).default('supergraph'),
});

export const tokenSettings = (settings: { TOKEN_JWKS_URL: string; TOKEN_ISSUER: string; TOKEN_AUDIENCE: string }): TokenSettings => ({
  jwksUrl: settings.TOKEN_JWKS_URL,
  issuer: settings.TOKEN_ISSUER,
  audience: settings.TOKEN_AUDIENCE,
});
