import type { Purpose } from '@supergraph/identity/delegation';
import type { Identity } from '@supergraph/identity/identity';
import { internalHeaders } from '@supergraph/identity/internal-token';
import { z } from 'zod';
import { postJson } from './bounded-fetch.ts';

/** Access tokens under which this room works for an owner who is not there. */
export interface DelegatedTokens {
  /**
   * A fresh one, with the rights the owner has at this moment.
   * @returns undefined when the owner has no account any more, or none that may be used here.
   * @throws Error when the user subgraph gives no answer that helps.
   */
  tokenFor(ownerId: string, signal: AbortSignal): Promise<string | undefined>;
}

export interface DelegatedTokensOptions {
  /** Of the user subgraph, for instance http://127.0.0.1:4002. */
  userUrl: string;
  /** The user subgraph's USER_INTERNAL_KEY. */
  key: string;
}

const PURPOSE: Purpose = 'webhook';
const MAX_BYTES = 16_384;
/** One object for all calls: its encoded claims are kept. */
const OURSELVES: Identity = { caller: { role: 'service', name: 'webhooks' }, scopes: [], claims: {} };

const TOKEN = z.object({ accessToken: z.string().min(1) });
const REFUSAL = z.object({ errors: z.tuple([z.object({ extensions: z.object({ code: z.string() }) })]) });
const OWNER_GONE = ['USER_NOT_FOUND', 'DEVELOPMENT_ACCOUNT'];

const isOwnerGone = (body: string): boolean => {
  try {
    return OWNER_GONE.includes(REFUSAL.parse(JSON.parse(body)).errors[0].extensions.code);
  } catch {
    return false;
  }
};

/** By `POST /internal/delegations` of the user subgraph. */
export const createDelegatedTokens = ({ userUrl, key }: DelegatedTokensOptions): DelegatedTokens => {
  const url = new URL('/internal/delegations', userUrl).href;
  return {
    tokenFor: async (ownerId, signal) => {
      const payload = JSON.stringify({ userId: ownerId, purpose: PURPOSE });
      const headers = internalHeaders(key, 'user', OURSELVES, payload);
      const { status, body } = await postJson(url, { body: payload, headers, maxBytes: MAX_BYTES, signal });
      if (status === 200) return TOKEN.parse(JSON.parse(body)).accessToken;
      if (isOwnerGone(body)) return undefined;
      throw new Error(`the user subgraph answered a delegation with status ${status}`);
    },
  };
};
