import { type GraphQLError, type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from 'graphql';

export type CoercedVariables = Readonly<Record<string, unknown>>;

/** A client learns the first of them; the rest would only make the answer long. */
const MAX_ERRORS = 10;
const NO_VARIABLES = { coerced: {} };

/**
 * The values an operation's variables have, defaults included, as execution would see them. Ask `createVariablesLimit` first: this descends as
 * deep as the values nest.
 * @returns the errors when they do not fit their types; execution would refuse the operation with them.
 */
export const coerceVariables = (
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> | null | undefined,
): { coerced: CoercedVariables; errors?: never } | { coerced?: never; errors: readonly GraphQLError[] } => {
  const { variableDefinitions = [] } = operation;
  if (variableDefinitions.length === 0) return NO_VARIABLES;
  return getVariableValues(schema, variableDefinitions, variables ?? {}, { maxErrors: MAX_ERRORS, hideSuggestions: true });
};
