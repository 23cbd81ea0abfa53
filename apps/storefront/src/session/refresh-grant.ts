import type { Client } from '@supergraph/client';
import { RefreshSessionDocument } from '@supergraph/client/web';
import { answered, type Problem, problemOf } from '../problem.ts';
import { type Grant, SessionRefused } from './session.ts';

/** What the server says of a refresh token that is of no use any more. Anything else may pass, and the token may still be good. */
const REFUSALS: ReadonlySet<string> = new Set(['REFRESH_TOKEN_INVALID', 'DEVELOPMENT_ACCOUNT']);

const toRefusal = (problem: Problem): Error => (REFUSALS.has(problem.code) ? new SessionRefused(problem.message) : problem);

/** Trades a refresh token for new tokens. @throws SessionRefused; Problem when it could not be traded now. */
export const refreshGrant =
  (client: Client) =>
  async (refreshToken: string): Promise<Grant> => {
    try {
      const { data, errors } = await client.execute(RefreshSessionDocument, { refreshToken });
      return answered(data.refreshSession, errors);
    } catch (error) {
      throw toRefusal(problemOf(error));
    }
  };
