import type { Options } from '@grpc/proto-loader';

/**
 * How messages look in JavaScript, everywhere: camelCase names, 64-bit integers as numbers (ours are below 2^53), enums by name. What is
 * absent has its default; an absent `optional` scalar has no entry, an absent message is null. `codegen-proto.ts` makes the same types.
 */
export const LOADER_OPTIONS: Options = { keepCase: false, longs: Number, enums: String, defaults: true, arrays: true };
