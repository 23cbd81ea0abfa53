import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import { acceptInternalCalls, identityOf } from '@supergraph/service/internal-calls';
import type { Logger } from '@supergraph/service/logging';
import type { SubgraphApp } from '@supergraph/service/subgraph-server';
import { z } from 'zod';
import type { delegate } from '../use-cases/delegate.ts';

const BODY = z.strictObject({ userId: z.string().min(1).max(256), purpose: z.string().max(64) });
const BAD_REQUEST = { errors: [{ message: 'Expected { "userId", "purpose" }.', extensions: { code: 'BAD_REQUEST' } }] };

export interface DelegationRouteOptions {
  /** Callers sign with it, as for `/graphql`. */
  key: string;
  delegate: ReturnType<typeof delegate>;
  logger: Logger;
}

/** @throws what is no refusal, but a fault of ours. */
const refusalOf = (error: unknown, logger: Logger): { status: number; body: object } => {
  if (!(error instanceof DomainError)) throw error;
  const { code, kind, message, cause } = error;
  if (cause !== undefined) logger.error({ err: cause, code }, message);
  const { http: status, graphql } = ERROR_KINDS[kind];
  return { status, body: { errors: [{ message, extensions: { code, kind: graphql } }] } };
};

/** `POST /internal/delegations`: for services of ours alone; to anybody else it is an empty 401, as `/graphql` is. */
export const addDelegationRoute = async (http: SubgraphApp['http'], { key, delegate, logger }: DelegationRouteOptions): Promise<void> => {
  await http.register(async (scope) => {
    acceptInternalCalls(scope, { key, audience: 'user' });
    scope.post('/internal/delegations', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const body = BODY.safeParse(request.body);
      if (!body.success) return reply.code(400).send(BAD_REQUEST);
      try {
        return await delegate(identityOf(request).caller, body.data);
      } catch (error) {
        const refusal = refusalOf(error, logger);
        return reply.code(refusal.status).send(refusal.body);
      }
    });
  });
};
