import { HttpProblem } from '@supergraph/service/problem';
import type { z } from 'zod';

/** One mistake in a request: `pointer` (RFC 6901) into the body, or the name of a path or query parameter. */
export interface RequestError {
  detail: string;
  pointer?: string;
  parameter?: string;
}

const sentence = ({ detail, pointer, parameter }: RequestError): string => {
  const where = pointer ?? parameter;
  return where === undefined || where === '' ? detail : `${where}: ${detail}`;
};

/** The request cannot be read; every mistake is told. */
export const requestInvalid = (errors: readonly RequestError[]): HttpProblem =>
  new HttpProblem(400, 'REQUEST_INVALID', `The request is not valid: ${errors.map(sentence).join('; ')}.`, { errors });

const escaped = (key: PropertyKey): string => String(key).replaceAll('~', '~0').replaceAll('/', '~1');

const parameterErrors = ({ code, path, message, ...more }: z.core.$ZodIssue): RequestError[] => {
  if (code === 'unrecognized_keys')
    return (more as { keys: string[] }).keys.map((parameter) => ({ parameter, detail: 'there is no such parameter' }));
  return [{ parameter: String(path[0] ?? ''), detail: message }];
};

const bodyErrors = ({ path, message }: z.core.$ZodIssue): RequestError[] => [
  { pointer: path.map((key) => `/${escaped(key)}`).join(''), detail: message },
];

const reader =
  (toErrors: (issue: z.core.$ZodIssue) => RequestError[]) =>
  <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    throw requestInvalid(result.error.issues.flatMap(toErrors));
  };

/** Path or query parameters. @throws REQUEST_INVALID naming each that is wrong or unknown. */
export const readParameters = reader(parameterErrors);

/** A body. @throws REQUEST_INVALID pointing at each mistake. */
export const readBody = reader(bodyErrors);
