import { type FieldNode, type GraphQLSchema, getNamedType, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import { type ClientOperation, readOperations } from '../check/client-operations.ts';

/** An operation that asks for something. */
export interface Usage {
  client: string;
  operation: string;
  /** `tests/scenarios/orders/orders.graphql:4:7`; of a released manifest the file alone. */
  place: string;
}

const placeOf = ({ file, hasLines }: ClientOperation, node: FieldNode): string =>
  hasLines && node.loc !== undefined ? `${node.loc.source.name}:${node.loc.startToken.line}:${node.loc.startToken.column}` : file;

/** The first field of an operation that is the one asked about, or is of, or returns, the type asked about. */
const firstUse = (schema: GraphQLSchema, operation: ClientOperation, type: string, field: string | undefined): FieldNode | undefined => {
  const info = new TypeInfo(schema);
  let found: FieldNode | undefined;
  visit(
    operation.document,
    visitWithTypeInfo(info, {
      Field: (node) => {
        const parent = info.getParentType()?.name;
        const isIt =
          field === undefined ? parent === type || getNamedType(info.getType())?.name === type : parent === type && node.name.value === field;
        if (isIt) found ??= node;
      },
    }),
  );
  return found;
};

/**
 * Which of the operations that the project knows of ask for a type or a field.
 * @param root absolute path of the folder that holds `supergraph.yaml`.
 * @throws StartupError when an operation cannot be read.
 */
export const usagesOf = (root: string, schema: GraphQLSchema, type: string, field: string | undefined): { usages: Usage[]; operations: number } => {
  const operations = readOperations(root);
  const usages = operations.flatMap((operation) => {
    const node = firstUse(schema, operation, type, field);
    return node === undefined ? [] : [{ client: operation.client, operation: operation.name, place: placeOf(operation, node) }];
  });
  return { usages, operations: operations.length };
};
