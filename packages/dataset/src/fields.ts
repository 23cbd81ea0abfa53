/** How the text of one column becomes a value. */
export interface Field<Value> {
  /** What a good value is, as it stands in a rejection. */
  expected: string;
  /** @returns undefined when the text is not one. */
  parse(text: string): Value | undefined;
}

/** The largest GraphQL Int and PostgreSQL integer. */
export const MAX_INT = 2_147_483_647;

const matching = (pattern: RegExp, maximum: number, expected: string): Field<string> => ({
  expected,
  parse: (text) => (text.length <= maximum && pattern.test(text) ? text : undefined),
});

const characters = (maximum: number): Field<string> => ({
  expected: `1 to ${maximum} characters, without control characters`,
  parse: (text) => {
    const trimmed = text.trim();
    return trimmed.length >= 1 && trimmed.length <= maximum && !/\p{Cc}/u.test(trimmed) ? trimmed : undefined;
  },
});

const wholeNumber = (minimum: number): Field<number> => ({
  expected: `a whole number from ${minimum} to ${MAX_INT}`,
  parse: (text) => {
    if (!/^\d{1,10}$/.test(text)) return undefined;
    const value = Number(text);
    return value >= minimum && value <= MAX_INT ? value : undefined;
  },
});

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

const daysIn = (year: number, month: number): number => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

/** `2011-02-30` would roll over into March in `Date`. */
const timestamp: Field<string> = {
  expected: 'a date and time by RFC 3339, for instance 2010-12-01T08:26:00Z',
  parse: (text) => {
    const [, year, month, day] = RFC_3339.exec(text) ?? [];
    if (year === undefined || Number(month) < 1 || Number(month) > 12) return undefined;
    if (Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) return undefined;
    const utc = new Date(text.toUpperCase()).toISOString();
    return /^\d{4}-/.test(utc) && !utc.startsWith('0000') ? utc : undefined;
  },
};

const optional = <Value>(field: Field<Value>): Field<Value | null> => ({
  expected: `${field.expected}, or nothing`,
  parse: (text) => (text === '' ? null : field.parse(text)),
});

const IDENTIFIER = matching(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/, 64, `letters, digits, '.', '_', ':' and '-', at most 64 characters`);
const SLUG = matching(/^[a-z0-9]+(-[a-z0-9]+)*$/, 64, 'lower-case letters, digits and single hyphens, at most 64 characters');
const SKU = matching(/^[A-Za-z0-9]([A-Za-z0-9 _-]*[A-Za-z0-9])?$/, 32, 'letters, digits, spaces, hyphens and underscores, at most 32 characters');
const EMAIL: Field<string> = {
  expected: 'an email address of at most 254 characters',
  parse: (text) => {
    const address = text.trim().toLowerCase();
    return address.length <= 254 && /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(address) && !/\p{Cc}/u.test(address) ? address : undefined;
  },
};

const STATUS: Field<'PAID' | 'CANCELLED'> = {
  expected: 'PAID or CANCELLED',
  parse: (text) => (text === 'PAID' || text === 'CANCELLED' ? text : undefined),
};

/** Columns of one of the five files, by name. The first is what the file's rows are called by. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The values of one row, by column. */
export type ValuesOf<F extends Fields> = { [Column in keyof F]: F[Column] extends Field<infer Value> ? Value : never };

/** The five files and their columns. The same rules as in the rooms' domains, so that what is imported can also be edited. */
export const TABLES = {
  categories: { slug: SLUG, name: characters(100), parent_slug: optional(SLUG) },
  products: { sku: SKU, name: characters(200), unit_price_pence: wholeNumber(0), category_slug: SLUG },
  users: { id: IDENTIFIER, email: EMAIL, name: characters(100), country: characters(64) },
  orders: { id: IDENTIFIER, user_id: optional(IDENTIFIER), status: STATUS, placed_at: timestamp },
  order_items: { order_id: IDENTIFIER, sku: SKU, quantity: wholeNumber(1), unit_price_pence: wholeNumber(0) },
} as const satisfies Record<string, Fields>;

export type TableName = keyof typeof TABLES;
export type Values<Name extends TableName> = ValuesOf<(typeof TABLES)[Name]>;
