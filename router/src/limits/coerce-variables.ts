import { type GraphQLError, type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from 'graphql';

export type CoercedVariables = Readonly<Record<string, unknown>>;

/** A client learns the first of them; the rest would only make the answer long. */
const MAX_ERRORS = 10;

/**
 * The values an operation's variables have, defaults included, as execution would see them. Ask `createVariablesLimit` first: this descends as
 * deep as the values nest.
 * @returns the errors when they do not fit their types; execution would refuse the operation with them.
 */
export const coerceVariables = (
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> | null | undefined,
): { coerced: CoercedVariables; errors?: never } | { coerced?: never; errors: readonly GraphQLError[] } =>
  getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, { maxErrors: MAX_ERRORS, hideSuggestions: true });
