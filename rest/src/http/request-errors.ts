import { HttpProblem } from '@supergraph/service/problem';

/** One mistake in a request: `pointer` (RFC 6901) into the body, or the name of a query parameter, path segment or header. */
export interface RequestError {
  detail: string;
  pointer?: string;
  parameter?: string;
  header?: string;
}

const sentence = ({ detail, pointer, parameter, header }: RequestError): string => {
  const where = pointer ?? parameter ?? header;
  return where === undefined || where === '' ? detail : `${where}: ${detail}`;
};

/** The request cannot be read as what the route takes; every mistake is told. */
export const requestInvalid = (errors: readonly RequestError[]): HttpProblem =>
  new HttpProblem(400, 'REQUEST_INVALID', `The request is not valid: ${errors.map(sentence).join('; ')}.`, { errors });

export const preconditionRequired = (): HttpProblem =>
  new HttpProblem(428, 'PRECONDITION_REQUIRED', "Send 'If-Match' with the ETag of what you read, or * to change whatever is there.");

export const preconditionFailed = (): HttpProblem =>
  new HttpProblem(412, 'VERSION_MISMATCH', 'If-Match names another state than the one that is there now. Read it again.');

export const idempotencyKeyMissing = (): HttpProblem =>
  new HttpProblem(400, 'IDEMPOTENCY_KEY_MISSING', "Send 'Idempotency-Key' with a value of your own that no other request has, for instance a UUID.");

export const notAcceptable = (): HttpProblem =>
  new HttpProblem(406, 'NOT_ACCEPTABLE', 'Answers are application/hal+json. Accept that, application/json or */*.');

/** @param accepted the media type that the method takes. */
export const mediaTypeUnsupported = (method: string, accepted: string): HttpProblem =>
  new HttpProblem(415, 'UNSUPPORTED_MEDIA_TYPE', `Send the body as ${accepted}.`, {
    headers: { [method === 'PATCH' ? 'accept-patch' : 'accept-post']: accepted },
  });

export const methodNotAllowed = (method: string, path: string, allow: string): HttpProblem =>
  new HttpProblem(405, 'METHOD_NOT_ALLOWED', `${method} is not a method of ${path}.`, { headers: { allow } });

/** The headers of the limits are on the answer already. */
export const rateLimited = (seconds: string): HttpProblem => new HttpProblem(429, 'RATE_LIMITED', `Too many requests. Try again in ${seconds} s.`);
