import type { GraphQLError } from 'graphql';
import { limitExceeded } from './limit-error.ts';

/** Of their JSON without white space, in bytes of UTF-8; escapes count as what they stand for. */
const MAX_BYTES = 64 * 1024;

/** Lists and objects inside each other, also in a document: coercion of a recursive input type descends as deep as the client nests. */
export const MAX_VALUE_DEPTH = 50;

interface Pending {
  value: unknown;
  depth: number;
}

const bytesOf = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value) + 2;
  return typeof value === 'object' && value !== null ? 2 : String(value).length;
};

/** Adds what is inside `value` to `pending`. @returns the bytes of its keys, colons and commas. */
const open = ({ value, depth }: Pending, pending: Pending[]): number => {
  if (Array.isArray(value)) {
    for (const item of value) pending.push({ value: item, depth: depth + 1 });
    return Math.max(0, value.length - 1);
  }
  if (typeof value !== 'object' || value === null) return 0;
  let bytes = -1;
  for (const [name, item] of Object.entries(value)) {
    bytes += Buffer.byteLength(name) + 4;
    pending.push({ value: item, depth: depth + 1 });
  }
  return Math.max(0, bytes);
};

/** Tells whether the variables of a request are too many bytes or nest too deep; stops at the first byte or level too many. */
export const createVariablesLimit =
  (maxBytes: number = MAX_BYTES, maxDepth: number = MAX_VALUE_DEPTH) =>
  (variables: unknown): GraphQLError | undefined => {
    const pending: Pending[] = [{ value: variables, depth: 0 }];
    let bytes = 0;
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      bytes += bytesOf(next.value) + open(next, pending);
      if (bytes > maxBytes) {
        const extensions = { limit: maxBytes, value: bytes };
        return limitExceeded('MAX_VARIABLES_BYTES_LIMIT', `The variables may have at most ${maxBytes} bytes of JSON; these have more.`, extensions);
      }
      if (next.depth > maxDepth) {
        const extensions = { limit: maxDepth, value: next.depth };
        return limitExceeded('MAX_DEPTH_LIMIT', `The variables may nest at most ${maxDepth} levels deep; these nest deeper.`, extensions);
      }
    }
    return undefined;
  };
