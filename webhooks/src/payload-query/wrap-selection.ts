import {
  type DocumentNode,
  GraphQLError,
  Kind,
  type NameNode,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  print,
  type TypeNode,
  visit,
} from 'graphql';
import type { EventEntity } from './event-entity.ts';

export const MAX_SELECTION_BYTES = 10_240;
/** As the router's own standard: what is more would be refused there. */
const MAX_TOKENS = 2_000;
/** Printing indents each level, so that its cost grows with the square of them. */
const MAX_LEVELS = 50;

/** The response name of the entity: what the selection asked for stands below it, whatever the field is called. */
export const ENTITY_ALIAS = 'entity';
const KEY_VARIABLE = 'key';
const OPERATION_NAME = 'WebhookPayload';

/** A selection that cannot be made into a query, and why, for people. */
export interface NoSelection {
  reason: string;
}

const TOO_DEEP = 'it is too deep';

const name = (value: string): NameNode => ({ kind: Kind.NAME, value });
const variable = { kind: Kind.VARIABLE, name: name(KEY_VARIABLE) } as const;

const typeNode = (written: EventEntity['argumentType']): TypeNode => ({
  kind: Kind.NON_NULL_TYPE,
  type: { kind: Kind.NAMED_TYPE, name: name(written.slice(0, -1)) },
});

/** Without what one operation on one entity cannot have; what does not fit the schema, the router tells. */
const operationIn = (document: DocumentNode): OperationDefinitionNode | NoSelection => {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operation === undefined || operations.length > 1) return { reason: 'it must be one selection, for instance { number total { amount } }' };
  if (operations.length + document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).length < document.definitions.length)
    return { reason: 'it must not define types' };
  if (operation.operation !== OperationTypeNode.QUERY) return { reason: `it must be a selection, not a ${operation.operation}` };
  if ((operation.directives ?? []).length > 0) return { reason: 'it must not have directives of its own' };
  return operation;
};

const contentsOf = (document: DocumentNode): { usesVariables: boolean; levels: number } => {
  let usesVariables = false;
  let [level, levels] = [0, 0];
  visit(document, {
    Variable: () => {
      usesVariables = true;
    },
    SelectionSet: {
      enter: () => {
        level += 1;
        levels = Math.max(levels, level);
      },
      leave: () => {
        level -= 1;
      },
    },
  });
  return { usesVariables, levels };
};

/** The selection on the entity as its event's key finds it: of the owner's text only the nodes are taken, so that nothing can break out of its place. */
const wrap = (document: DocumentNode, { selectionSet }: OperationDefinitionNode, { field, argument, argumentType }: EventEntity): DocumentNode => ({
  kind: Kind.DOCUMENT,
  definitions: [
    {
      kind: Kind.OPERATION_DEFINITION,
      operation: OperationTypeNode.QUERY,
      name: name(OPERATION_NAME),
      variableDefinitions: [{ kind: Kind.VARIABLE_DEFINITION, variable, type: typeNode(argumentType) }],
      selectionSet: {
        kind: Kind.SELECTION_SET,
        selections: [
          {
            kind: Kind.FIELD,
            alias: name(ENTITY_ALIAS),
            name: name(field),
            arguments: [{ kind: Kind.ARGUMENT, name: name(argument), value: variable }],
            selectionSet,
          },
        ],
      },
    },
    ...document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION),
  ],
});

const parseSelection = (selection: string): DocumentNode | NoSelection => {
  if (Buffer.byteLength(selection) > MAX_SELECTION_BYTES) return { reason: `it must have at most ${MAX_SELECTION_BYTES} bytes` };
  try {
    return parse(selection, { maxTokens: MAX_TOKENS, noLocation: true });
  } catch (error) {
    if (error instanceof GraphQLError) {
      const at = error.locations?.[0];
      return { reason: `${error.message}${at === undefined ? '' : ` at line ${at.line}, column ${at.column}`}` };
    }
    // The parser descends recursively: the stack is what ends a selection of thousands of levels.
    if (error instanceof RangeError) return { reason: TOO_DEEP };
    throw error;
  }
};

/**
 * Makes a selection, `{ number total { amount } }`, into the query that the router runs for an event:
 * `query WebhookPayload($key: String!) { entity: order(number: $key) { number total { amount } } }`.
 */
export const wrapSelection = (selection: string, entity: EventEntity): { query: string } | NoSelection => {
  const document = parseSelection(selection);
  if ('reason' in document) return document;
  const operation = operationIn(document);
  if ('reason' in operation) return operation;
  const { usesVariables, levels } = contentsOf(document);
  if (levels > MAX_LEVELS) return { reason: TOO_DEEP };
  if (usesVariables) return { reason: 'it must not have variables: nobody sends their values' };
  return { query: print(wrap(document, operation, entity)) };
};

export const variablesFor = (key: string): Readonly<Record<string, string>> => ({ [KEY_VARIABLE]: key });
