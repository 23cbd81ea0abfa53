import { type DocumentNode, getOperationAST, Kind, parse, print, separateOperations, stripIgnoredCharacters, visit } from 'graphql';
import { isDefer } from '../engine/defer/defer-directive.ts';

/** An operation as it may be kept: what is asked, and no value that somebody wrote into it. */
export interface OperationSignature {
  /** Empty for one without a name. */
  name: string;
  /** The operation that ran, and the fragments it needs. */
  text: string;
}

/** Texts, numbers and all but the first item of a list stand for somebody's data; enum values, switches and the names of fields do not. */
const withoutValues = (document: DocumentNode): DocumentNode =>
  visit(document, {
    // Names of the client's own, which must differ from each other.
    Directive: (node) => (isDefer(node) ? false : undefined),
    StringValue: (node) => ({ ...node, value: '', block: false }),
    IntValue: (node) => ({ ...node, value: '0' }),
    FloatValue: (node) => ({ ...node, value: '0.0' }),
    ListValue: { leave: (node) => ({ ...node, values: node.values.slice(0, 1) }) },
  });

const asksForSchemaAlone = (document: DocumentNode): boolean =>
  document.definitions.every(
    (node) =>
      node.kind !== Kind.OPERATION_DEFINITION ||
      node.selectionSet.selections.every((selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__')),
  );

/** @returns undefined when it asks for nothing but the schema, or has no such operation. @throws GraphQLError when it does not parse. */
export const signatureOf = (text: string, operationName: string | undefined): OperationSignature | undefined => {
  const document = parse(text, { noLocation: true });
  const name = getOperationAST(document, operationName)?.name?.value ?? '';
  const own = separateOperations(document)[name];
  if (own === undefined || asksForSchemaAlone(own)) return undefined;
  return { name, text: stripIgnoredCharacters(print(withoutValues(own))) };
};
