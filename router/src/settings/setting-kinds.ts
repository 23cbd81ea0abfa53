import { isAddressOrRange } from '@supergraph/identity/client-address';
import { z } from 'zod';
import { closestName } from './closest-name.ts';

const MAX_NAMES_LISTED = 16;

/** One value of one kind; the message says what is expected, whatever is wrong. */
const kind = <T>(accepts: (value: unknown) => boolean, expected: string) => z.custom<T>(accepts, `expected ${expected}`);

export const wholeNumber = (min: number, max: number) =>
  kind<number>((value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max, `a whole number from ${min} to ${max}`);

export const share = () => kind<number>((value) => typeof value === 'number' && value >= 0 && value <= 1, 'a number from 0 to 1');

export const percentage = () => kind<number>((value) => typeof value === 'number' && value >= 0 && value <= 100, 'a number from 0 to 100');

export const flag = () => kind<boolean>((value) => typeof value === 'boolean', 'true or false');

export const oneOf = <const Values extends readonly (string | boolean)[]>(...values: Values) =>
  kind<Values[number]>((value) => values.includes(value as Values[number]), values.join(' or '));

export const text = (max: number) =>
  kind<string>((value) => typeof value === 'string' && value !== '' && value.length <= max, `a text of 1 to ${max} characters`);

export const folder = () => kind<string>((value) => typeof value === 'string' && value.length <= 4_096, "a folder's path, or '' for none");

const urlOf = (value: unknown): URL | undefined => (typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined);

export const origin = () => kind<string>((value) => value === urlOf(value)?.origin && value !== 'null', 'an origin (https://example.com, no path)');

const PATH = /^\/[\w\-./~%]{0,2047}$/;

export const urlPath = () => kind<string>((value) => typeof value === 'string' && PATH.test(value), 'the path of a URL (/graphql/stream)');

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Keys decide who is let in, so they come over TLS or from this machine. */
export const keysUrl = () =>
  kind<string>((value) => {
    const url = urlOf(value);
    if (url === undefined || url.username !== '' || url.password !== '') return false;
    return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
  }, 'an https:// URL without a password, or http:// on this machine');

export const matching = (pattern: RegExp, expected: string) => kind<string>((value) => typeof value === 'string' && pattern.test(value), expected);

export const addressOrRange = () => kind<string>(isAddressOrRange, 'an IP address or a range of them (10.0.0.0/8)');

export const list = <T extends z.ZodType>(item: T, max: number) =>
  z.array(item, { error: 'expected a list' }).max(max, { error: `expected at most ${max} entries`, abort: true });

const explainUnknown = (known: readonly string[]) => (name: string) => {
  const meant = closestName(name, known);
  if (meant !== undefined) return `there is no such setting, did you mean ${meant}?`;
  const names = known.length > MAX_NAMES_LISTED ? [...known.slice(0, MAX_NAMES_LISTED), '…'] : known;
  return `there is no such setting, expected one of ${names.join(', ')}`;
};

/** Settings by name; one left empty in the file is as good as absent. The message for unknown names has one line each, in the order of the issue's keys. */
export const section = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess(
    (value) => (value === null ? {} : value),
    z.strictObject(shape, {
      error: (issue) => {
        if (issue.code !== 'unrecognized_keys') return 'expected settings by name';
        return issue.keys.map(explainUnknown(Object.keys(shape))).join('\n');
      },
    }),
  );

/** Entries whose names the operator chooses. */
export const byName = <T extends z.ZodType>(entry: T, pattern: RegExp, maxEntries: number) => {
  const message = `expected names like ${pattern.source}`;
  return z.preprocess(
    (value, context) => {
      // A record drops this name without a word.
      if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__'))
        context.addIssue({ code: 'custom', path: ['__proto__'], message });
      return value ?? {};
    },
    z
      .record(
        z.custom<string>((name) => typeof name === 'string' && pattern.test(name)),
        entry,
        { error: (issue) => (issue.code === 'invalid_key' ? message : 'expected entries by name') },
      )
      .refine((entries) => Object.keys(entries).length <= maxEntries, `expected at most ${maxEntries} entries`),
  );
};
