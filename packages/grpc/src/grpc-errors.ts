import { randomUUID } from 'node:crypto';
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { DomainError, ERROR_KINDS, type ErrorKind } from '@supergraph/errors';
import type { Logger } from '@supergraph/service/logging';
import { DETAILS_HEADER, decodeStatus, encodeStatus } from './error-details.ts';

/** Of a message, which goes out twice, once percent-encoded: three bytes for one. */
const MAX_MESSAGE_BYTES = 1_024;

/** A character that is cut through is left out. */
const shortened = (message: string): string => {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_MESSAGE_BYTES) return message;
  return `${new TextDecoder().decode(bytes.subarray(0, MAX_MESSAGE_BYTES), { stream: true })}…`;
};

/**
 * A DomainError goes out with its message, cut to about 1 KB, its code, and its details unless they are large; anything else is masked, and
 * logged whole under the reference id that the caller gets.
 */
export const toStatus = (error: unknown, logger: Logger): Partial<StatusObject> => {
  if (!(error instanceof DomainError)) {
    const reference = randomUUID();
    logger.error({ err: error, reference }, 'unexpected error');
    return { code: status.INTERNAL, details: `Something went wrong on our side. Quote the reference ${reference}.` };
  }
  if (error.cause !== undefined) logger.error({ err: error.cause, code: error.code }, error.message);
  const code = ERROR_KINDS[error.kind].grpc;
  const message = shortened(error.message);
  const metadata = new Metadata();
  metadata.set(DETAILS_HEADER, encodeStatus(code, message, error.code, error.details));
  return { code, details: message, metadata };
};

/** What another process threw: its catalogue has the code. */
class RemoteDomainError extends DomainError {}

const KIND_BY_STATUS = new Map(Object.entries(ERROR_KINDS).map(([kind, { grpc }]) => [grpc, kind as ErrorKind]));
/** Nobody answered in time, or at all. */
const NO_ANSWER: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED]);

/** A service of ours, by name, did not answer. */
export const serviceUnavailable = (audience: string, cause: unknown): DomainError =>
  new DomainError(
    'unavailable',
    'SERVICE_UNAVAILABLE',
    'A part of the service cannot be reached at the moment. Try again shortly.',
    { service: audience },
    cause,
  );

const isServiceError = (error: unknown): error is ServiceError => error instanceof Error && 'metadata' in error && 'code' in error;

/**
 * What a failed call means here. The DomainError that the service threw, without its cause; `SERVICE_UNAVAILABLE` when it did not answer;
 * and a plain Error, to be masked, when it refused us as a client (no valid token, no such method) or had trouble of its own.
 */
export const fromServiceError = (error: unknown, audience: string): unknown => {
  if (!isServiceError(error)) return error;
  const [bytes] = error.metadata.get(DETAILS_HEADER);
  const told = Buffer.isBuffer(bytes) ? decodeStatus(bytes) : undefined;
  const kind = KIND_BY_STATUS.get(error.code);
  if (told !== undefined && kind !== undefined) return new RemoteDomainError(kind, told.reason, told.message, told.details);
  if (NO_ANSWER.has(error.code)) return serviceUnavailable(audience, error);
  return new Error(`${audience} answered ${status[error.code]}: ${error.details}`, { cause: error });
};
