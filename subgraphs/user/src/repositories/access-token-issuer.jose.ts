import { ACCESS_TOKEN_TYPE } from '@supergraph/service/token-settings';
import { SignJWT } from 'jose';
import { DELEGATION_LIFETIME_SECONDS } from '../domain/delegation.ts';
import { scopesOf } from '../domain/scopes.ts';
import { ACCESS_TOKEN_LIFETIME_SECONDS } from '../domain/session.ts';
import type { User } from '../domain/user.ts';
import type { AccessTokenIssuer, DelegatedTokenIssuer } from '../use-cases/ports.ts';
import type { SigningKeys } from './signing-keys.postgres.ts';

export interface AccessTokenIssuerOptions {
  keys: Pick<SigningKeys, 'current'>;
  issuer: string;
  audience: string;
  now: () => Date;
  newId: () => string;
}

/** Role and scopes as the account has them at this moment. */
const createSigner =
  ({ keys, issuer, audience, now, newId }: AccessTokenIssuerOptions) =>
  async (user: User, expiresIn: number, more: Readonly<Record<string, unknown>> = {}): Promise<{ accessToken: string; expiresIn: number }> => {
    const { id, privateKey } = await keys.current();
    const issuedAt = Math.floor(now().getTime() / 1_000);
    const accessToken = await new SignJWT({ ...more, role: user.role, scope: scopesOf(user.role).join(' ') })
      .setProtectedHeader({ alg: 'EdDSA', kid: id, typ: ACCESS_TOKEN_TYPE })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(user.id)
      .setJti(newId())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + expiresIn)
      .sign(privateKey);
    return { accessToken, expiresIn };
  };

export const createAccessTokenIssuer = (options: AccessTokenIssuerOptions): AccessTokenIssuer => {
  const sign = createSigner(options);
  return { issue: (user) => sign(user, ACCESS_TOKEN_LIFETIME_SECONDS) };
};

/** `act` names the service that holds the token: https://www.rfc-editor.org/rfc/rfc8693#section-4.1 */
export const createDelegatedTokenIssuer = (options: AccessTokenIssuerOptions): DelegatedTokenIssuer => {
  const sign = createSigner(options);
  return { issue: (user, { purpose, service }) => sign(user, DELEGATION_LIFETIME_SECONDS, { purpose, act: { sub: service } }) };
};
