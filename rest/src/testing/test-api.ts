import { DomainError } from '@supergraph/errors';
import type { Caller } from '@supergraph/identity/caller';
import { ANONYMOUS_IDENTITY } from '@supergraph/identity/identity';
import type { TokenVerifier } from '@supergraph/identity/token-verifier';
import { createLogger } from '@supergraph/service/logging';
import { createApi } from '../api.ts';
import { createRequestLimits } from '../http/request-limits.ts';
import type { Api } from '../http/route.ts';
import { startTestRooms, type TestRooms } from './test-rooms.ts';

/** Who is who, by the token they send. */
const CALLERS: Readonly<Record<string, Caller>> = {
  ada: { role: 'customer', userId: '7' },
  sam: { role: 'staff', userId: '8' },
  eve: { role: 'customer', userId: '9' },
};

const verify: TokenVerifier = async (authorization) => {
  if (authorization === undefined) return ANONYMOUS_IDENTITY;
  const caller = CALLERS[authorization.replace(/^Bearer /, '')];
  if (caller === undefined) throw new DomainError('unauthenticated', 'ACCESS_TOKEN_INVALID', 'The access token was refused.');
  return { caller, scopes: [], claims: { iss: 'test' } };
};

export interface Reply {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects.
  body: any;
}

export interface TestApi {
  url: string;
  rooms: TestRooms;
  /** `who` is one of ada (a customer), sam (staff), eve (another customer), or nobody. A body is sent as JSON, of a PATCH as Merge Patch. */
  ask(who: string | undefined, method: string, path: string, more?: { body?: unknown; headers?: Record<string, string> }): Promise<Reply>;
  close(): Promise<void>;
}

const nothing = async (): Promise<never> => {
  throw new Error('there are no operations here');
};

/** The API over real HTTP and gRPC, without a database. */
export const startTestApi = async (addMore?: (api: Api) => void): Promise<TestApi> => {
  const rooms = await startTestRooms();
  const http = await createApi({
    logger: createLogger('rest', 'silent'),
    readiness: async () => undefined,
    verify,
    count: createRequestLimits(undefined, []),
    clients: rooms.clients,
    operations: { begin: nothing, find: nothing },
    secret: 's'.repeat(32),
    ...(addMore && { addMore }),
  });
  const url = await http.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    rooms,
    ask: async (who, method, path, { body, headers = {} } = {}) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(who !== undefined && { authorization: `Bearer ${who}` }),
          ...(body !== undefined && { 'content-type': type }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
    },
    close: async () => {
      await http.close();
      await rooms.close();
    },
  };
};
