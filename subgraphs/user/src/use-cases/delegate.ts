import { type Caller, notAllowed } from '@supergraph/identity/caller';
import { delegationFor } from '../domain/delegation.ts';
import { developmentAccount, userNotFound } from '../domain/errors.ts';
import type { User } from '../domain/user.ts';
import type { DelegatedTokenIssuer, UserReader } from './ports.ts';

export interface DelegateDependencies {
  users: Pick<UserReader, 'byIds'>;
  delegatedTokens: DelegatedTokenIssuer;
  /** False in production. */
  developmentAccounts: boolean;
}

export interface DelegatedRights {
  accessToken: string;
  /** In seconds. */
  expiresIn: number;
  /** As in the token, for a service that decides itself. */
  role: User['role'];
}

/** A service of ours gets a token to work for somebody who is not there, with the rights that person has at this moment. */
export const delegate =
  ({ users, delegatedTokens, developmentAccounts }: DelegateDependencies) =>
  async (caller: Caller, input: { userId: string; purpose: string }): Promise<DelegatedRights> => {
    if (caller.role !== 'service') throw notAllowed('act for somebody else');
    const delegation = delegationFor(input.purpose);
    if (caller.name !== delegation.service) throw notAllowed(`act for somebody else as '${delegation.service}'`);
    const user = (await users.byIds([input.userId])).get(input.userId);
    if (user === undefined) throw userNotFound(input.userId);
    if (user.development && !developmentAccounts) throw developmentAccount();
    return { ...(await delegatedTokens.issue(user, delegation)), role: user.role };
  };
