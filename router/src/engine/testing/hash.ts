const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A whole number that depends on every part, and on nothing else. Algorithm: FNV-1a with the finaliser of murmur3, public domain. */
export const hash = (...parts: readonly unknown[]): number => {
  let state = FNV_OFFSET;
  const text = parts.join('\u0000');
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), FNV_PRIME);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
};
