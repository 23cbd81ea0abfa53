import { DomainError } from '@supergraph/errors';
import type { Caller } from '@supergraph/identity/caller';
import { z } from 'zod';
import type { User__Output as UserMessage } from '../generated/proto/supergraph/user/v1/User.ts';
import { action, type Links, link, path } from '../hal.ts';
import { resource } from '../http/schemas.ts';

export const USER_FIELDS = ['id', 'email', 'name', 'country', 'role', 'createdAt'] as const;

export const userResource = resource(
  'User',
  {
    id: z.string().meta({ description: 'Opaque, never changes.', examples: ['17850'] }),
    email: z.string().meta({ description: 'Unique, in lower case.', examples: ['ada@example.com'] }),
    name: z.string().meta({ examples: ['Ada Lovelace'] }),
    country: z
      .string()
      .nullable()
      .meta({ description: 'Country of residence.', examples: ['United Kingdom'] }),
    role: z.enum(['CUSTOMER', 'STAFF', 'ADMIN']).meta({ description: 'What the account may do.' }),
    createdAt: z.string().meta({ description: 'RFC 3339, UTC.', examples: ['2026-11-22T16:00:00.000Z'] }),
  },
  { rels: ['edit', 'orders'], description: 'A person with an account. Customers see only themselves.' },
);

export const userNotFound = (id: string): DomainError => new DomainError('not-found', 'USER_NOT_FOUND', `There is no user '${id}'.`, { id });

/** Whom a resource belongs to: only they have `edit` and `orders`. */
const isSelf = (caller: Caller, id: string): boolean => 'userId' in caller && caller.userId === id;

const userLinks = ({ id }: UserMessage, isOwn: boolean): Links => ({
  self: link(path`/users/${id}`),
  ...(isOwn && { edit: action('PATCH', '/users/me', 'change your profile'), orders: link('/orders') }),
});

export const toUserResource = (user: UserMessage, caller: Caller) => ({
  id: user.id,
  email: user.email,
  name: user.name,
  country: user.country ?? null,
  role: user.role,
  createdAt: user.createdAt,
  _links: userLinks(user, isSelf(caller, user.id)),
});
