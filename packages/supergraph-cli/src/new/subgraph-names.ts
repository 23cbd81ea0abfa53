import { StartupError } from '@supergraph/service/startup-error';

/** Every form in which a new subgraph and its entity are written. */
export interface SubgraphNames {
  /** The subgraph, its folder and its database: `gift-cards`. */
  room: string;
  /** Prefix of its variables: `GIFT_CARDS`. */
  prefix: string;
  /** The entity's GraphQL type: `GiftCard`. */
  type: string;
  /** `giftCard`. */
  one: string;
  /** `giftCards`. */
  many: string;
  /** `GiftCards`. */
  Many: string;
  /** `gift-card`, for files. */
  oneKebab: string;
  /** `gift-cards`, for files. */
  manyKebab: string;
  /** `GIFT_CARD`, for error codes. */
  constant: string;
  /** `gift_cards`. */
  table: string;
  /** `gift card`, in sentences. */
  words: string;
  /** `gift cards`. */
  manyWords: string;
}

const ROOM = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_LENGTH = 40;
const TYPE = /^[A-Z][A-Za-z0-9]*$/;

/** Processes, databases and packages of the house that are no subgraphs. */
const TAKEN = new Set(['router', 'rest', 'payment-sandbox', 'mobile', 'web', 'bus', 'postgres', 'template0', 'template1', 'tests', 'supergraph']);

/** What a generated variable, table or type must not be called: words of JavaScript and SQL, and names that the generated files import or use. */
const WORDS = new Set(
  (
    'all any as async await boolean break case catch check class collate column const constraint continue create debugger default delete desc do else end ' +
    'enum eval except export extends false fetch finally for foreign from function grant group having id if implements import in instanceof int integer ' +
    'interface into let limit new not null offset on or order package primary private protected public references return select static string super switch ' +
    'table text then this throw time timestamp to true try type typeof union unique update user using values var void when where while window with yield ' +
    'array caller connection context date error float input loaders map math mutation number object page pageinfo pagerequest payload promise query ' +
    'record reference resolvers row set subscription symbol config app'
  ).split(' '),
);

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const pascal = (words: readonly string[]): string => words.map(capital).join('');
const camel = (words: readonly string[]): string => words.map((word, index) => (index === 0 ? word : capital(word))).join('');

const singular = (word: string): string => {
  if (/ies$/.test(word) && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(ss|x|ch|sh|z)es$/.test(word)) return word.slice(0, -2);
  return /[^su]s$/.test(word) ? word.slice(0, -1) : word;
};

const plural = (word: string): string => {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(s|x|ch|sh|z)$/.test(word) ? `${word}es` : `${word}s`;
};

const wordsOfType = (type: string): string[] => type.split(/(?=[A-Z])/).map((word) => word.toLowerCase());

/** `GiftCards` of `GiftCard`. */
export const pluralType = (type: string): string => {
  const words = wordsOfType(type);
  return pascal([...words.slice(0, -1), plural(words.at(-1) as string)]);
};

/** Prefix of a room's variables. */
export const prefixOf = (room: string): string => room.toUpperCase().replaceAll('-', '_');

const refuse = (what: string, fix: string): never => {
  throw new StartupError(what, fix);
};

/**
 * @param room as typed.
 * @param type the entity's GraphQL type; the singular of the room's name when left out.
 * @throws StartupError for a name that cannot be a folder, a database, a type and a variable at once.
 */
export const subgraphNames = (room: string, type?: string): SubgraphNames => {
  if (!ROOM.test(room) || room.length > MAX_LENGTH)
    refuse(`'${room}' cannot be a subgraph's name`, `small letters, digits and single hyphens, at most ${MAX_LENGTH}, for instance: gift-cards`);
  if (TAKEN.has(room)) refuse(`'${room}' is the name of another part of the house`, 'choose another name');
  const parts = room.split('-');
  const typed = type ?? pascal([...parts.slice(0, -1), singular(parts.at(-1) as string)]);
  if (!TYPE.test(typed) || typed.length > MAX_LENGTH)
    refuse(`'${typed}' cannot be the name of a type`, 'a capital letter, then letters and digits: --type GiftCard');
  const words = wordsOfType(typed);
  const manyWords = [...words.slice(0, -1), plural(words.at(-1) as string)];
  const clash = [words.join(''), manyWords.join('')].find((word) => WORDS.has(word));
  if (clash !== undefined) refuse(`'${clash}' means something else in TypeScript, SQL or GraphQL`, 'name the entity differently: --type NAME');
  return {
    room,
    prefix: prefixOf(room),
    type: pascal(words),
    one: camel(words),
    many: camel(manyWords),
    Many: pascal(manyWords),
    oneKebab: words.join('-'),
    manyKebab: manyWords.join('-'),
    constant: words.join('_').toUpperCase(),
    table: manyWords.join('_'),
    words: words.join(' '),
    manyWords: manyWords.join(' '),
  };
};
