import type { FastifyReply, FastifyRequest } from 'fastify';
import { isData } from '../engine/merge.ts';
import { dataText } from '../gateway/share-operations.ts';
import type { KnownOperations } from '../gateway/supergraph-gateway.ts';
import type { RequestContext } from '../request-context.ts';

const BODY_TYPE = /^application\/json(; ?charset=utf-8)?$/i;

const LEGACY = 'application/json; charset=utf-8';
const CURRENT = 'application/graphql-response+json; charset=utf-8';

/** What Apollo Server answers with, by what is accepted; it decides itself about everything else. */
const ANSWER_TYPES: ReadonlyMap<string | undefined, string> = new Map([
  [undefined, LEGACY],
  ['*/*', LEGACY],
  ['application/json', LEGACY],
  ['application/graphql-response+json', CURRENT],
  ['application/graphql-response+json, application/json;q=0.9', CURRENT],
  ['application/graphql-response+json,application/json;q=0.9', CURRENT],
]);

/** Headers that Apollo Server's plugins answer to. */
const SPECIAL_HEADERS = ['apollo-expose-query-plan', 'hive-expose-query-plan'];

const PLAIN_PARAMETERS = new Set(['query', 'operationName', 'variables']);

interface PlainOperation {
  query: string;
  operationName: string | undefined;
  variables: Record<string, unknown>;
}

/** The body, when it is nothing but an operation with its variables. */
const plainOperation = (body: unknown): PlainOperation | undefined => {
  if (!isData(body)) return undefined;
  for (const name in body) if (!PLAIN_PARAMETERS.has(name)) return undefined;
  const { query, operationName, variables } = body as Record<keyof PlainOperation, unknown>;
  if (typeof query !== 'string' || query === '') return undefined;
  const name = operationName ?? undefined;
  const values = variables ?? {};
  return (name === undefined || typeof name === 'string') && isData(values) ? { query, operationName: name, variables: values } : undefined;
};

/** The media type of the answer to a request that needs nothing of Apollo Server; undefined for one that does. */
const plainAnswerType = ({ method, headers }: FastifyRequest): string | undefined => {
  if (method !== 'POST' || !BODY_TYPE.test(headers['content-type'] ?? '')) return undefined;
  return SPECIAL_HEADERS.some((name) => name in headers) ? undefined : ANSWER_TYPES.get(headers.accept);
};

/**
 * Runs an operation that Apollo Server parsed and validated before, and answers as Apollo Server would. One that does not end in data
 * alone is left to it, with how it ended in the context: statuses, headers and the form of errors are told in one place only.
 * @returns undefined when it is not answered yet.
 */
export const answerKnownOperation = async (
  operations: KnownOperations,
  request: FastifyRequest,
  reply: FastifyReply,
  context: RequestContext,
): Promise<string | undefined> => {
  const type = plainAnswerType(request);
  const plain = type === undefined ? undefined : plainOperation(request.body);
  const running = plain && operations.run(plain, context);
  if (type === undefined || running === undefined) return undefined;
  const outcome = await running;
  if ('error' in outcome || outcome.result.errors !== undefined) {
    context.outcome = outcome;
    return undefined;
  }
  const { data, extensions } = outcome.result;
  reply.header('cache-control', 'no-store').header('content-type', type);
  const text = dataText(data);
  return extensions === undefined ? `{"data":${text}}\n` : `{"data":${text},"extensions":${JSON.stringify(extensions)}}\n`;
};
