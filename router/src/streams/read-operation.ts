import type { Refusal } from '../door/refusal.ts';
import type { Parameters } from '../door/request-facts.ts';
import { isData } from '../engine/merge.ts';
import type { AutomaticQueries } from '../persisted/automatic-queries.ts';
import { hashOf } from '../persisted/manifest-file.ts';
import { automaticHash, extensionsOf, UNKNOWN_HASH } from '../persisted/persisted-request.ts';
import type { StreamedOperation } from './operation-stream.ts';

const refuse = (message: string): Refusal => ({ status: 400, code: 'BAD_REQUEST', message });

/** By GET it is JSON text. */
const variablesOf = (variables: unknown): unknown => {
  if (variables === '') return undefined;
  if (typeof variables !== 'string') return variables ?? undefined;
  try {
    return JSON.parse(variables) ?? undefined;
  } catch {
    return variables;
  }
};

/** The document; one that comes with its hash is known by that from then on, as Apollo Server has it. */
const readQuery = (parameters: Parameters, automatic: AutomaticQueries): Refusal | { query: string } => {
  const { query } = parameters;
  const hash = automaticHash(extensionsOf(parameters));
  if (typeof query !== 'string' || query === '') return hash === undefined ? refuse('The request needs a query, as a text.') : UNKNOWN_HASH;
  if (hash === undefined) return { query };
  if (hash !== hashOf(query)) return refuse('provided sha does not match query');
  void automatic.set(`apq:${hash}`, query);
  return { query };
};

/** The operation of a request whose document is at hand (https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters). */
export const readOperation = (parameters: Parameters, automatic: AutomaticQueries): Refusal | StreamedOperation => {
  const { operationName, variables: given } = parameters;
  const document = readQuery(parameters, automatic);
  if ('status' in document) return document;
  const name = operationName ?? undefined;
  if (name !== undefined && typeof name !== 'string') return refuse('operationName must be a text.');
  const variables = variablesOf(given);
  if (variables !== undefined && !isData(variables)) return refuse('variables must be an object.');
  return {
    ...document,
    ...(name === undefined || name === '' ? {} : { operationName: name }),
    ...(variables === undefined ? {} : { variables: variables as Record<string, unknown> }),
  };
};
