import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  parse,
  type SelectionSetNode,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { DEFER_RULES } from '../engine/defer/defer-rules.ts';
import { fragmentsOf } from '../fragments.ts';
import type { KnownDocument } from '../gateway/known-operations.ts';
import type { ServedSupergraph } from '../gateway/served-supergraph.ts';

export interface StreamDocumentsOptions {
  /** Whether the schema can be asked for. */
  showsSchema: (contract: string) => boolean;
  /** Clients are not told what the schema has beside what they asked for. */
  hidesSchema: boolean;
}

/** Why a document is not run. */
export class InvalidDocument extends Error {
  readonly errors: readonly GraphQLError[];
  constructor(errors: readonly GraphQLError[]) {
    super('the document is not valid');
    this.errors = errors;
  }
}

const ASKS_FOR_SCHEMA = /__(?:schema|type)\b/;
const SUGGESTION = / ?Did you mean(.+?)\?$/;

const noSchema: ValidationRule = (context) => ({
  Field: (node) => {
    if (node.name.value === '__schema' || node.name.value === '__type')
      context.reportError(
        new GraphQLError('The schema cannot be asked for here.', { nodes: node, extensions: { validationErrorCode: 'INTROSPECTION_DISABLED' } }),
      );
  },
});

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function* rootSelections(
  { selections }: SelectionSetNode,
  fragments: Fragments,
  seen: Set<string>,
): Generator<SelectionSetNode['selections'][number]> {
  for (const node of selections) {
    yield node;
    if (node.kind === 'InlineFragment') yield* rootSelections(node.selectionSet, fragments, seen);
    if (node.kind !== 'FragmentSpread' || seen.has(node.name.value)) continue;
    seen.add(node.name.value);
    const fragment = fragments.get(node.name.value);
    if (fragment !== undefined) yield* rootSelections(fragment.selectionSet, fragments, seen);
  }
}

/** A subscription is to one field, always: https://github.com/graphql/graphql-spec/pull/860 */
const rootIsUnconditional: ValidationRule = (context) => ({
  OperationDefinition: ({ operation, selectionSet }) => {
    if (operation !== 'subscription') return;
    for (const node of rootSelections(selectionSet, fragmentsOf(context.getDocument()), new Set())) {
      const condition = node.directives?.find(({ name }) => name.value === 'skip' || name.value === 'include');
      if (condition !== undefined)
        context.reportError(new GraphQLError(`@${condition.name.value} cannot be used on the root of a subscription.`, { nodes: condition }));
    }
  },
});

const RULES: readonly ValidationRule[] = [...specifiedRules, ...DEFER_RULES, rootIsUnconditional];

const withCode = (error: GraphQLError, code: string, message = error.message): GraphQLError =>
  new GraphQLError(message, {
    ...(error.nodes === undefined ? {} : { nodes: error.nodes }),
    ...(error.source === undefined ? {} : { source: error.source }),
    ...(error.positions === undefined ? {} : { positions: error.positions }),
    extensions: { ...error.extensions, code, http: { status: 400 } },
  });

const parseDocument = (text: string): DocumentNode => {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof GraphQLError) throw new InvalidDocument([withCode(error, 'GRAPHQL_PARSE_FAILED')]);
    throw error;
  }
};

/** Documents parsed and validated as Apollo Server does, once for each supergraph: what was valid is kept with those that it found valid. */
export const createStreamDocuments = ({ showsSchema, hidesSchema }: StreamDocumentsOptions) => {
  const problemsOf = ({ apiSchema, contract }: ServedSupergraph, document: DocumentNode): GraphQLError[] =>
    validate(apiSchema, document, showsSchema(contract) ? RULES : [...RULES, noSchema]).map((error) =>
      withCode(error, 'GRAPHQL_VALIDATION_FAILED', hidesSchema ? error.message.replace(SUGGESTION, '') : error.message),
    );

  return {
    /** @throws InvalidDocument */
    read: (served: ServedSupergraph, text: string): KnownDocument => {
      const known = served.documents.find(text);
      // Apollo Server does not look at what holds for subscriptions only.
      if (known !== undefined && (checked.has(known) || getOperationAST(known.document)?.operation === 'query')) return known;
      const document = known?.document ?? parseDocument(text);
      const problems = problemsOf(served, document);
      if (problems.length > 0) throw new InvalidDocument(problems);
      const read = known ?? { document, queryHash: createHash('sha256').update(text).digest('hex') };
      checked.add(read);
      // Whether the schema may be asked for is looked at anew each time.
      if (!ASKS_FOR_SCHEMA.test(text)) served.documents.add(text, read);
      return read;
    },
  };
};

const checked = new WeakSet<KnownDocument>();
