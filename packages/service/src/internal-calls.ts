import type { Identity } from '@supergraph/identity/identity';
import { INTERNAL_TOKEN_HEADER, verifyInternalToken } from '@supergraph/identity/internal-token';
import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify';

export interface InternalCallsOptions {
  /** Secret that this service's callers sign with. */
  key: string;
  /** Name of this service: whom a token must be for. */
  audience: string;
}

const identities = new WeakMap<FastifyRequest, Identity>();

/**
 * For whom the call is made.
 * @throws Error on a route that `acceptInternalCalls` does not guard.
 */
export const identityOf = (request: FastifyRequest): Identity => {
  const identity = identities.get(request);
  if (identity === undefined) throw new Error('this route is open to calls without an internal token');
  return identity;
};

/**
 * From here on the routes of `scope` take JSON with an internal token that is bound to its exact bytes. Everything else, also
 * what is too large or no JSON, gets an empty 401: who is not one of us learns nothing, and nothing of theirs is parsed.
 */
export const acceptInternalCalls = (scope: FastifyInstance, { key, audience }: InternalCallsOptions): void => {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  /** @returns true when the call is one of ours. */
  const admit = (request: FastifyRequest, body: Buffer): boolean => {
    const token = request.headers[INTERNAL_TOKEN_HEADER];
    const identity = typeof token === 'string' ? verifyInternalToken({ key, audience, token, body }) : undefined;
    if (identity !== undefined) identities.set(request, identity);
    return identity !== undefined;
  };
  const stranger = (): Error => new Error('there is no valid internal token');

  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (admit(request, body)) parseJson(request, body as unknown as string, done);
    else done(stranger());
  });
  scope.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, body, done) =>
    done(admit(request, body) ? new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE() : stranger()),
  );
  scope.addHook('onRequest', async ({ headers }) => {
    if (headers[INTERNAL_TOKEN_HEADER] === undefined) throw stranger();
  });
  // A request without a body has met no parser.
  scope.addHook('preValidation', async (request) => {
    if (!identities.has(request)) throw stranger();
  });
  scope.setErrorHandler((error, request, reply) => {
    if (identities.has(request)) throw error;
    return reply.code(401).send();
  });
};
