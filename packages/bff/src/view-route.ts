import { signInRequired } from '@supergraph/identity/caller';
import { bodyHash, isUnchanged } from '@supergraph/service/entity-tag';
import type { Logger } from '@supergraph/service/logging';
import { HttpProblem } from '@supergraph/service/problem';
import { messageOf } from '@supergraph/service/process';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { findMissingParts } from './missing-parts.ts';
import { onBehalfOf } from './on-behalf-of.ts';
import { readBody, readParameters } from './request-reader.ts';
import type { RouterClient } from './router-client.ts';
import { noUsableAnswer, problemOfError, problemOfRefusal, problemOfSilence } from './router-problem.ts';
import { isRequired, type View, type ViewRequest } from './view.ts';

const PUBLIC = 'public, max-age=60';
const PERSONAL = 'private, no-cache';

const readRequest = ({ params = {}, query = {}, body }: View, request: FastifyRequest): ViewRequest<unknown, unknown, unknown> => ({
  params: readParameters(z.strictObject(params), request.params),
  query: readParameters(z.strictObject(query), request.query),
  body: body === undefined ? undefined : readBody(body, request.body),
});

const cacheControl = ({ cache }: View, missing: readonly string[], isSignedIn: boolean): string => {
  if (cache === 'none' || missing.length > 0) return 'no-store';
  return cache === 'public' && !isSignedIn ? PUBLIC : PERSONAL;
};

/** What is away for a moment is a warning; what no client should ever see is an error, told whole. */
const logFailure = (logger: Logger, view: string, error: unknown): void => {
  if (!(error instanceof HttpProblem) || error.statusCode < 500) return;
  const { code, cause } = error;
  if (error.statusCode === 503) logger.warn({ view, code, reason: cause === undefined ? undefined : messageOf(cause) }, 'a view is unavailable');
  else logger.error({ view, code, err: cause ?? error }, 'a view failed');
};

const isChange = ({ method }: View): boolean => method === 'POST';

/** What the schema lets be null and the view does not is there, or this is no answer. */
const answerOf = (view: View, data: Readonly<Record<string, unknown>>): object => {
  const answer = view.answer === undefined ? data : data[view.answer];
  const absent = Object.entries(answer ?? {}).filter(([name, value]) => value === null && isRequired(view, name));
  if (typeof answer !== 'object' || answer === null || absent.length > 0)
    throw noUsableAnswer(new Error(`null where the view needs data: ${absent.map(([name]) => name).join(', ') || view.answer}`), isChange(view));
  return answer;
};

/** The data of the view's operation, or the problem that it has become. */
const askRouter = async (view: View, router: RouterClient, asked: ViewRequest<unknown, unknown, unknown>, request: FastifyRequest) => {
  const behalf = onBehalfOf(request);
  const isSignedIn = behalf.authorization !== undefined;
  const changes = isChange(view);
  const received = await router.execute(view.document, view.variables(asked), behalf).catch((error: unknown) => {
    throw changes ? problemOfSilence(error) : error;
  });
  const refusal = problemOfRefusal(received, changes);
  if (refusal !== undefined) throw refusal;
  const { missing, fatal } = findMissingParts(view, received.data, received.errors);
  if (fatal !== undefined) throw problemOfError(fatal, { action: view.signIn ?? 'see this', isSignedIn, changes });
  const data = received.data ?? {};
  const absent = view.notFound?.(data, asked.params);
  if (absent !== undefined) throw absent;
  return { answer: answerOf(view, data), missing, isSignedIn };
};

const send = (request: FastifyRequest, reply: FastifyReply, body: object, tagged: boolean): FastifyReply => {
  const text = JSON.stringify(body);
  if (tagged) {
    // Weak (RFC 9110, section 8.8.1): the same for every encoding of the body.
    const tag = `W/"${bodyHash(text)}"`;
    reply.header('etag', tag);
    if (isUnchanged(request.headers['if-none-match'], tag)) return reply.code(304).send();
  }
  // Bytes: to text Fastify adds a charset, which JSON has not.
  return reply.type('application/json').send(Buffer.from(text));
};

/** Serves a view: one operation of the router, the names of what is missing, ETag and Cache-Control. */
export const addViewRoute = (http: FastifyInstance, view: View, router: RouterClient, logger: Logger): void => {
  const { method = 'GET', url, name, status = 200, signIn } = view;
  http.route({
    method,
    url,
    onRequest: async (request, reply) => {
      // compress adds the second to answers that it sees, not to a 304; it looks for it in this very case.
      reply.header('vary', 'Authorization, accept-encoding');
      if (signIn !== undefined && request.headers.authorization === undefined) throw signInRequired(signIn);
    },
    handler: async (request, reply) => {
      const asked = readRequest(view, request);
      const { answer, missing, isSignedIn } = await askRouter(view, router, asked, request).catch((error: unknown) => {
        logFailure(logger, name, error);
        throw error;
      });
      if (missing.length > 0) logger.warn({ view: name, missing }, 'a view lacks parts');
      reply.code(status).header('cache-control', cacheControl(view, missing, isSignedIn));
      return send(request, reply, { ...answer, missing }, method === 'GET');
    },
  });
};
