import { ERROR_KINDS } from '@supergraph/errors';
import type { GraphQLFormattedError } from 'graphql';
import { type Data, isData } from '../engine/merge.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { type SubgraphAnswer, SubgraphFailure } from './subgraph-failure.ts';

const isPath = (value: unknown): value is readonly (string | number)[] =>
  Array.isArray(value) && value.every((step) => typeof step === 'string' || typeof step === 'number');

/** Locations are dropped: they point into a document the client never sees. */
const toError = (error: unknown): GraphQLFormattedError => {
  if (!isData(error) || typeof error['message'] !== 'string')
    return {
      message: 'A subgraph reported an error without a message.',
      extensions: { code: 'SUBGRAPH_RESPONSE_INVALID', kind: ERROR_KINDS.unavailable.graphql },
    };
  const { message, path, extensions } = error;
  return { message, ...(isPath(path) ? { path } : {}), ...(isData(extensions) ? { extensions } : {}) };
};

const parseText = (text: string): Data => {
  const value: unknown = JSON.parse(text);
  if (!isData(value)) throw new Error('the body is no JSON object');
  return value;
};

const textOf = ({ contentType, text }: HttpAnswer): string => {
  if (contentType !== '' && !contentType.includes('json')) throw new Error(`the content type is ${contentType.slice(0, 100)}`);
  return text;
};

/** A good answer, with the text that it was read from. */
class ReadAnswer implements SubgraphAnswer {
  declare data?: unknown;
  declare errors?: readonly GraphQLFormattedError[];
  declare extensions?: unknown;
  readonly #text: string;

  constructor({ data, extensions }: Data, errors: readonly GraphQLFormattedError[] | undefined, text: string) {
    if (data !== undefined) this.data = data;
    if (errors !== undefined) this.errors = errors;
    if (extensions !== undefined) this.extensions = extensions;
    this.#text = text;
  }

  static textOf(answer: SubgraphAnswer): string | undefined {
    return answer instanceof ReadAnswer ? answer.#text : undefined;
  }
}

/** The same answer with data of its own, for whoever changes data while somebody else uses the answer too. */
export const copyAnswer = (answer: SubgraphAnswer): SubgraphAnswer => {
  const text = ReadAnswer.textOf(answer);
  return text === undefined ? structuredClone(answer) : { ...answer, data: parseText(text)['data'] };
};

const errorsIn = (body: Data): readonly GraphQLFormattedError[] | undefined => {
  const { errors } = body;
  if (errors === undefined || errors === null) return undefined;
  if (!Array.isArray(errors)) throw new Error('its errors are no list');
  return errors.length === 0 ? undefined : errors.map(toError);
};

const readData = (http: HttpAnswer): SubgraphAnswer => {
  try {
    const text = textOf(http);
    const body = parseText(text);
    const errors = errorsIn(body);
    const { data } = body;
    if (data !== undefined && data !== null && !isData(data)) throw new Error('its data is no object');
    if ((data === undefined || data === null) && errors === undefined) throw new Error('it has neither data nor errors');
    return new ReadAnswer(body, errors, text);
  } catch (cause) {
    throw new SubgraphFailure('SUBGRAPH_RESPONSE_INVALID', `answered ${http.status}, not with a GraphQL response`, { outcome: 'success', cause });
  }
};

const refusalIn = (http: HttpAnswer): SubgraphAnswer | undefined => {
  try {
    const errors = errorsIn(parseText(textOf(http)));
    return errors === undefined ? undefined : { data: null, errors };
  } catch {
    return undefined;
  }
};

const isTransient = (status: number): boolean => status >= 502 && status <= 504;

/**
 * The GraphQL response in an HTTP answer. An error status with GraphQL errors that say why, for instance 401, is an answer too.
 * Such a 500 is about one operation: it does not count against the subgraph, or whoever finds one could switch it off for all.
 * @throws SubgraphFailure when there is none.
 */
export const readAnswer = (http: HttpAnswer): SubgraphAnswer => {
  const { status } = http;
  if (status < 300) return readData(http);
  const answer = status >= 400 ? refusalIn(http) : undefined;
  if (answer !== undefined && !isTransient(status)) return answer;
  throw new SubgraphFailure('SUBGRAPH_UNAVAILABLE', `answered ${status}${answer === undefined ? ' without GraphQL errors' : ''}`, {
    retryable: isTransient(status),
    outcome: status >= 500 ? 'failure' : 'success',
    ...(answer === undefined ? {} : { answer }),
  });
};
