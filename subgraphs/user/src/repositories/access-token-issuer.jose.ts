import { ACCESS_TOKEN_TYPE } from '@supergraph/service/token-settings';
import { SignJWT } from 'jose';
import { scopesOf } from '../domain/scopes.ts';
import { ACCESS_TOKEN_LIFETIME_SECONDS } from '../domain/session.ts';
import type { AccessTokenIssuer } from '../use-cases/ports.ts';
import type { SigningKeys } from './signing-keys.postgres.ts';

export interface AccessTokenIssuerOptions {
  keys: Pick<SigningKeys, 'current'>;
  issuer: string;
  audience: string;
  now: () => Date;
  newId: () => string;
}

export const createAccessTokenIssuer = ({ keys, issuer, audience, now, newId }: AccessTokenIssuerOptions): AccessTokenIssuer => ({
  issue: async (user) => {
    const { id, privateKey } = await keys.current();
    const issuedAt = Math.floor(now().getTime() / 1_000);
    const accessToken = await new SignJWT({ role: user.role, scope: scopesOf(user.role).join(' ') })
      .setProtectedHeader({ alg: 'EdDSA', kid: id, typ: ACCESS_TOKEN_TYPE })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(user.id)
      .setJti(newId())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ACCESS_TOKEN_LIFETIME_SECONDS)
      .sign(privateKey);
    return { accessToken, expiresIn: ACCESS_TOKEN_LIFETIME_SECONDS };
  },
});
