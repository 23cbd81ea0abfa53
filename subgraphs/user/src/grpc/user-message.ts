import type { User } from '../domain/user.ts';
import type { SignedIn } from '../use-cases/open-session.ts';

/** What gRPC tells of a person. */
export const toUserMessage = ({ id, email, name, country, role, createdAt, version }: User) => ({
  id,
  email,
  name,
  country,
  role,
  createdAt: createdAt.toISOString(),
  version,
});

export const toSessionMessage = ({ accessToken, refreshToken, expiresIn, user }: SignedIn) => ({
  accessToken,
  refreshToken,
  expiresIn,
  user: toUserMessage(user),
});
