const UTF_8 = new TextDecoder('utf-8', { fatal: true });

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const countMembers = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value);
  return (Array.isArray(value) ? 0 : inside.length) + sum(inside.map(countMembers));
};

/** Every member of an object has one colon outside of strings. */
const countWrittenMembers = (json: string): number => json.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;

/** @throws when the segment is not the JSON of an object, or names a member twice: readers disagree about which of the two counts (RFC 8259, section 4). */
const decodeObject = (segment: string): Record<string, unknown> => {
  const json = UTF_8.decode(Buffer.from(segment, 'base64url'));
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('expected an object');
  if (countMembers(value) !== countWrittenMembers(json)) throw new TypeError('expected unique names');
  return value as Record<string, unknown>;
};

/** Who a compact JWS says it is from, before anything of it is verified; undefined when it says nothing that makes sense. */
export const unverifiedIssuer = (token: string): string | undefined => {
  const [header = '', payload = ''] = token.split('.');
  try {
    decodeObject(header);
    const { iss } = decodeObject(payload);
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
};
