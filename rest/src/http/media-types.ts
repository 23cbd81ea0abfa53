import { mediaTypeUnsupported, notAcceptable } from './request-errors.ts';

export const HAL_TYPE = 'application/hal+json';
export const JSON_TYPE = 'application/json';
export const MERGE_PATCH_TYPE = 'application/merge-patch+json';

const TAKEN: ReadonlySet<string> = new Set([HAL_TYPE, JSON_TYPE, 'application/*', '*/*']);

const isWanted = (range: string): boolean => {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  return TAKEN.has(type) && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
};

/** @throws NOT_ACCEPTABLE when the client would not take HAL, nor the JSON that it is. */
export const checkAccept = (accept: string | undefined): void => {
  if (accept === undefined || accept.trim() === '' || accept.split(',').some(isWanted)) return;
  throw notAcceptable();
};

/** The media type of a method's body. */
export const bodyTypeOf = (method: string): string => (method === 'PATCH' ? MERGE_PATCH_TYPE : JSON_TYPE);

interface BodyHeaders {
  'content-type'?: string | undefined;
  'content-length'?: string | undefined;
  'transfer-encoding'?: string | undefined;
}

const isEmpty = ({ 'content-length': length, 'transfer-encoding': encoding }: BodyHeaders): boolean =>
  encoding === undefined && (length === undefined || length === '0');

/** @throws UNSUPPORTED_MEDIA_TYPE unless the body is of the one type that the method takes. */
export const checkBodyType = (method: string, headers: BodyHeaders): void => {
  if (isEmpty(headers)) return;
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== bodyTypeOf(method)) throw mediaTypeUnsupported(method, bodyTypeOf(method));
};
