import { z } from 'zod';
import type { Contract } from './contract.ts';

const user = z.object({ id: z.string(), email: z.string(), name: z.string(), country: z.string(), role: z.enum(['CUSTOMER', 'STAFF', 'ADMIN']) });

export const userSignedUp = {
  type: 'user.signed-up.v1',
  kind: 'event',
  source: 'user',
  description: 'An account was made. Subject: its id.',
  data: user,
} as const satisfies Contract;

export const userUpdated = {
  type: 'user.updated.v1',
  kind: 'event',
  source: 'user',
  description: 'A profile changed; the data show it as it is now. Subject: the id of the account.',
  data: user,
} as const satisfies Contract;
