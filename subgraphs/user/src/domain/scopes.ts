import type { Role } from './user.ts';

const STAFF = ['orders:write', 'orders:manage', 'catalogue:write', 'users:read', 'sales:read'] as const;

const SCOPES: Readonly<Record<Role, readonly string[]>> = {
  CUSTOMER: ['orders:write'],
  STAFF,
  ADMIN: [...STAFF, 'users:manage'],
};

/** What an access token grants: the graph's `@requiresScopes` ask for these. Use cases ask for the role itself. */
export const scopesOf = (role: Role): readonly string[] => SCOPES[role];
