import { createHash } from 'node:crypto';

const FIRST_NAMES = ['Ada', 'Grace', 'Linus', 'Barbara', 'Alan', 'Margaret', 'Edsger', 'Radia', 'Donald', 'Katherine'];
const LAST_NAMES = ['Byron', 'Hopper', 'Berg', 'Liskov', 'Turner', 'Hamilton', 'Meyer', 'Perlman', 'Knight', 'Johnson'];
const COUNTRIES = ['France', 'Germany', 'United Kingdom', 'Spain', 'Norway', 'Portugal'];
const CITIES = ['Paris', 'Berlin', 'London', 'Madrid', 'Oslo', 'Lisbon'];
const WORDS = ['lantern', 'teapot', 'garden', 'mirror', 'candle', 'ribbon', 'basket', 'clock', 'cushion', 'frame'];

/** 2026-01-01T00:00:00Z */
const START = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

const pick = (list: readonly string[], number: number): string => list[number % list.length] ?? '';

/** A whole number from 0 to 99,999 that is always the same for the same text; of `user-17` and `ada-17@example.com` it is 17. */
export const numberOf = (text: string): number => {
  const digits = /(\d{1,5})(@[\w.-]+)?$/.exec(text)?.[1];
  return digits === undefined ? createHash('sha256').update(text).digest().readUInt32BE(0) % 100_000 : Number(digits);
};

/** What a String field of that name may look like; `of` is the object's type. The first that fits counts. */
const TEXTS: readonly (readonly [RegExp, (number: number, of: string) => string])[] = [
  [/e-?mail/i, (number) => `${pick(FIRST_NAMES, number).toLowerCase()}-${number}@example.com`],
  [/^first_?name$/i, (number) => pick(FIRST_NAMES, number)],
  [/^last_?name$/i, (number) => pick(LAST_NAMES, number)],
  [/currency/i, () => 'GBP'],
  [/country/i, (number) => pick(COUNTRIES, number)],
  [/city/i, (number) => pick(CITIES, number)],
  [/cursor/i, (number) => Buffer.from(JSON.stringify([number])).toString('base64url')],
  [/(At|Date|Time)$|^(date|time)$/, (number) => new Date(START + number * HOUR_MS).toISOString()],
  [/ur[il]$/i, (number) => `https://example.com/${number}`],
  [/phone/i, (number) => `+44 20 7946 ${String(number % 1_000).padStart(4, '0')}`],
  [
    /name$/i,
    (number, of) => (/user|person|customer|author/i.test(of) ? `${pick(FIRST_NAMES, number)} ${pick(LAST_NAMES, number)}` : `${of} ${number}`),
  ],
  [/(slug|sku|code|number|key)$/i, (number, of) => `${of.toLowerCase()}-${number}`],
  [/(text|description|title|body|message|comment)$/i, (number) => `A ${pick(WORDS, number)} and a ${pick(WORDS, number + 3)}`],
];

/** A plausible value of a built-in scalar, always the same for the same object. */
export const mockScalar = (scalar: string, field: string, of: string, number: number): string | number | boolean => {
  if (scalar === 'Boolean') return number % 2 === 0;
  if (scalar === 'Int') return /amount|price|total|cents|pence/i.test(field) ? 100 + ((number * 37) % 9_900) : 1 + (number % 50);
  if (scalar === 'Float') return Math.round((1 + ((number * 37) % 500)) * 10) / 100;
  if (scalar === 'ID') return `${of.toLowerCase()}-${number}`;
  const made = TEXTS.find(([pattern]) => pattern.test(field))?.[1];
  return made === undefined ? `${field} ${number}` : made(number, of);
};
