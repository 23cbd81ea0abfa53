import { GraphQLError, parse } from 'graphql';
import { limitExceeded } from './limit-error.ts';
import { type DocumentMeasure, measureDocument, type OperationMeasure, SATURATED } from './measure-operation.ts';
import { createTextCache } from './text-cache.ts';
import { MAX_VALUE_DEPTH } from './variables-limit.ts';

/** The largest value that passes; `Infinity` switches a limit off. Counts are of one operation with its fragments written out, unless they say otherwise. */
export interface OperationLimits {
  /** Lexical tokens of the document; comments and commas are none. */
  tokens: number;
  depth: number;
  aliases: number;
  rootFields: number;
  /** Of the document's text. */
  directives: number;
  expandedSelections: number;
  /** Variables an operation declares. */
  variables: number;
}

/** Depth 15 is what the introspection query of GraphiQL, Sandbox and graphql-codegen needs. */
export const DEFAULT_OPERATION_LIMITS: Readonly<OperationLimits> = {
  tokens: 2_000,
  depth: 15,
  aliases: 30,
  rootFields: 20,
  directives: 50,
  expandedSelections: 1_000,
  variables: 100,
};

/** What is known of a document by its text alone: the error to answer with, or what its operations ask for. */
export type Inspection = { error: GraphQLError } | { error?: never; operations: readonly OperationMeasure[] };

interface Rule {
  code: string;
  limitOf: (limits: OperationLimits) => number;
  what: string;
  measured: (measure: DocumentMeasure) => number;
}

/** In the order they are told. Expansion comes first: it is what a fragment bomb is about, whatever else it breaks. */
const RULES: readonly Rule[] = [
  {
    code: 'MAX_EXPANDED_SELECTIONS_LIMIT',
    limitOf: ({ expandedSelections }) => expandedSelections,
    what: 'selections, fragments written out',
    measured: ({ worst }) => worst.selections,
  },
  { code: 'MAX_DEPTH_LIMIT', limitOf: ({ depth }) => depth, what: 'levels of fields', measured: ({ worst }) => worst.depth },
  {
    code: 'MAX_DEPTH_LIMIT',
    limitOf: () => MAX_VALUE_DEPTH,
    what: 'levels of lists and objects in a value',
    measured: ({ valueDepth }) => valueDepth,
  },
  { code: 'MAX_ALIASES_LIMIT', limitOf: ({ aliases }) => aliases, what: 'aliases, fragments written out', measured: ({ worst }) => worst.aliases },
  {
    code: 'MAX_ROOT_FIELDS_LIMIT',
    limitOf: ({ rootFields }) => rootFields,
    what: 'fields of the root type',
    measured: ({ worst }) => worst.rootFields,
  },
  { code: 'MAX_DIRECTIVES_LIMIT', limitOf: ({ directives }) => directives, what: 'directives', measured: ({ directives }) => directives },
  { code: 'MAX_VARIABLES_LIMIT', limitOf: ({ variables }) => variables, what: 'variables', measured: ({ worst }) => worst.variables },
];

const CACHE_BYTES = 4 * 1024 * 1024;

const tooLarge = (code: string, what: string, limit: number, value: number): GraphQLError =>
  limitExceeded(code, `An operation may have at most ${limit} ${what}; this one has ${value === SATURATED ? 'far more' : value}.`, { limit, value });

/** The parser stops at the first token too many, so the value is not known further. */
const tooManyTokens = (limit: number): GraphQLError =>
  limitExceeded('MAX_TOKENS_LIMIT', `A document may have at most ${limit} tokens; this one has more.`, { limit, value: limit + 1 });

/** As Apollo Server answers what it cannot parse. */
const syntaxError = (error: GraphQLError): GraphQLError =>
  new GraphQLError(error.message, {
    source: error.source,
    positions: error.positions,
    extensions: { code: 'GRAPHQL_PARSE_FAILED', http: { status: 400 } },
  });

const parseError = (error: unknown, limits: OperationLimits): GraphQLError => {
  // The parser descends recursively; with tokens unlimited the stack is what ends it.
  if (error instanceof RangeError) return tooLarge('MAX_DEPTH_LIMIT', 'levels of fields', limits.depth, SATURATED);
  if (!(error instanceof GraphQLError)) throw error;
  return /tokens\. Parsing aborted/.test(error.message) ? tooManyTokens(limits.tokens) : syntaxError(error);
};

const inspectText = (query: string, limits: OperationLimits): Inspection => {
  let measure: DocumentMeasure;
  try {
    measure = measureDocument(parse(query, { maxTokens: limits.tokens, noLocation: true }));
  } catch (error) {
    return { error: parseError(error, limits) };
  }
  for (const { code, limitOf, what, measured } of RULES) {
    const value = measured(measure);
    const limit = limitOf(limits);
    if (value > limit) return { error: tooLarge(code, what, limit, value) };
  }
  return { operations: measure.operations };
};

/** Parses and measures a document's text, or knows it: the 4 MB of texts used last are remembered. */
export const createOperationInspector = (limits: OperationLimits): ((query: string) => Inspection) => {
  const known = createTextCache<Inspection>(CACHE_BYTES);
  return (query) => {
    const found = known.get(query);
    if (found !== undefined) return found;
    const inspection = inspectText(query, limits);
    known.set(query, inspection);
    return inspection;
  };
};

/** Tells the first limit a document breaks, or its syntax error, before anything that takes longer looks at it. Not whether it is valid. */
export const createOperationLimits = (limits: OperationLimits): ((query: string) => GraphQLError | undefined) => {
  const inspect = createOperationInspector(limits);
  return (query) => inspect(query).error;
};
