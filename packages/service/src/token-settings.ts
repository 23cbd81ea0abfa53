import { remoteKeys } from '@supergraph/identity/remote-keys';
import { TOKEN_ALGORITHMS, type TokenIssuer } from '@supergraph/identity/token-verifier';
import { z } from 'zod';
import { portWithOffset, setting } from './config.ts';

/** The `typ` of our own access tokens (RFC 9068): a token that was made for anything else is none. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

const furtherIssuer = z.strictObject({
  issuer: z.string().min(1),
  audience: z.string().min(1),
  jwksUrl: setting.httpUrl(),
  algorithms: z.array(z.enum(TOKEN_ALGORITHMS)).min(1).optional(),
  type: z.string().min(1).optional(),
});

const furtherIssuers = z
  .string()
  .default('[]')
  .transform((text, context) => {
    try {
      return z.array(furtherIssuer).parse(JSON.parse(text));
    } catch {
      context.addIssue({ code: 'custom', message: 'expected JSON: [{ "issuer", "audience", "jwksUrl", "algorithms"?, "type"? }]' });
      return z.NEVER;
    }
  });

/** Whom the user subgraph's access tokens come from and are meant for; it signs with them, every public door expects them. */
export const issuerShape = {
  TOKEN_ISSUER: z.string().min(1).default('https://user.supergraph.local'),
  TOKEN_AUDIENCE: z.string().min(1).default('supergraph'),
};

/** The variables of a public door, which reads access tokens; the defaults fit the embedded user subgraph. */
export const tokenShape = (env: NodeJS.ProcessEnv) => ({
  ...issuerShape,
  TOKEN_JWKS_URL: setting.httpUrl().default(`http://127.0.0.1:${portWithOffset(env, 4002)}/.well-known/jwks.json`),
  TOKEN_ISSUERS: furtherIssuers,
});

/** What `createTokenVerifier` takes: the user subgraph as the first issuer, then those of TOKEN_ISSUERS. */
export const tokenIssuers = (settings: {
  TOKEN_ISSUER: string;
  TOKEN_AUDIENCE: string;
  TOKEN_JWKS_URL: string;
  TOKEN_ISSUERS: readonly z.infer<typeof furtherIssuer>[];
}): TokenIssuer[] => [
  {
    issuer: settings.TOKEN_ISSUER,
    audience: settings.TOKEN_AUDIENCE,
    keys: remoteKeys(settings.TOKEN_JWKS_URL),
    algorithms: ['EdDSA'],
    type: ACCESS_TOKEN_TYPE,
  },
  ...settings.TOKEN_ISSUERS.map(({ issuer, audience, jwksUrl, algorithms, type }) => ({
    issuer,
    audience,
    keys: remoteKeys(jwksUrl),
    ...(algorithms === undefined ? {} : { algorithms }),
    ...(type === undefined ? {} : { type }),
  })),
];
