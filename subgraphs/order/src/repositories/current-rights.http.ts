import { DomainError, type ErrorKind } from '@supergraph/errors';
import { serviceUnavailable } from '@supergraph/grpc/grpc-errors';
import type { UserCaller } from '@supergraph/identity/caller';
import type { Purpose } from '@supergraph/identity/delegation';
import type { Identity } from '@supergraph/identity/identity';
import { internalHeaders } from '@supergraph/identity/internal-token';
import { z } from 'zod';
import type { CurrentRights } from '../use-cases/ports.ts';

export interface CurrentRightsOptions {
  /** Of the user subgraph, for instance http://127.0.0.1:4002. */
  url: string;
  /** The user subgraph's USER_INTERNAL_KEY. */
  key: string;
  deadlineMs?: number;
}

const DEADLINE_MS = 3_000;
const PURPOSE: Purpose = 'order-command';
/** One object for all calls: its encoded claims are kept. */
const OURSELVES: Identity = { caller: { role: 'service', name: 'order' }, scopes: [], claims: {} };
const ROLES = { CUSTOMER: 'customer', STAFF: 'staff', ADMIN: 'admin' } as const satisfies Record<string, UserCaller['role']>;

const granted = z.object({ role: z.enum(['CUSTOMER', 'STAFF', 'ADMIN']) });
const refusal = z.object({ errors: z.tuple([z.object({ message: z.string(), extensions: z.object({ code: z.string() }) })]) });
/** What is no fault of ours: the account is gone, or none that may be used here. */
const KIND_BY_CODE: ReadonlyMap<string, ErrorKind> = new Map([
  ['USER_NOT_FOUND', 'not-found'],
  ['DEVELOPMENT_ACCOUNT', 'forbidden'],
]);

/** What the user subgraph refused: its catalogue has the code. */
class RefusedByUserSubgraph extends DomainError {}

const refusalOf = (status: number, body: unknown): Error => {
  const told = refusal.safeParse(body).data?.errors[0];
  const kind = KIND_BY_CODE.get(told?.extensions.code ?? '');
  if (told !== undefined && kind !== undefined) return new RefusedByUserSubgraph(kind, told.extensions.code, told.message);
  return new Error(`the user subgraph answered ${status} when asked for the rights of an account`);
};

/** By `POST /internal/delegations` of the user subgraph. */
export const createCurrentRights = ({ url, key, deadlineMs = DEADLINE_MS }: CurrentRightsOptions): CurrentRights => {
  const target = new URL('/internal/delegations', url);
  const ask = async (body: string, signal: AbortSignal): Promise<{ status: number; text: string }> => {
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...internalHeaders(key, 'user', OURSELVES, body) },
        body,
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw serviceUnavailable('user', error);
    }
  };
  return async (userId, signal) => {
    const { status, text } = await ask(JSON.stringify({ userId, purpose: PURPOSE }), signal);
    if (status >= 500) throw serviceUnavailable('user', new Error(`the user subgraph answered ${status}`));
    // The empty answer to who is not one of us is no JSON.
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    if (status === 200) return { role: ROLES[granted.parse(body).role], userId };
    throw refusalOf(status, body);
  };
};
