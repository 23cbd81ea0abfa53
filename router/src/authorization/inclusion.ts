import { type DirectiveNode, Kind, type OperationDefinitionNode, valueFromASTUntyped } from 'graphql';
import type { Occurrence } from './analyse-operation.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** The variables a client sent, and the defaults of those it did not send. */
export const withDefaults = (operation: OperationDefinitionNode, sent: Variables | undefined): Map<string, unknown> => {
  const variables = new Map(Object.entries(sent ?? {}));
  for (const { variable, defaultValue } of operation.variableDefinitions ?? [])
    if (defaultValue !== undefined && variables.get(variable.name.value) === undefined)
      variables.set(variable.name.value, valueFromASTUntyped(defaultValue));
  return variables;
};

const condition = (directive: DirectiveNode, variables: ReadonlyMap<string, unknown>): boolean => {
  const value = directive.arguments?.find(({ name }) => name.value === 'if')?.value;
  if (value?.kind === Kind.BOOLEAN) return value.value;
  return value?.kind === Kind.VARIABLE && variables.get(value.name.value) === true;
};

/** What `@skip` and `@include` on one selection say. */
export const isIncluded = (directives: readonly DirectiveNode[], variables: ReadonlyMap<string, unknown>): boolean => {
  for (const directive of directives) {
    if (directive.name.value === 'skip' && condition(directive, variables)) return false;
    if (directive.name.value === 'include' && !condition(directive, variables)) return false;
  }
  return true;
};

/** Whether a selection takes part in the request, with everything it stands in. */
export const isReached = (occurrence: Occurrence, variables: ReadonlyMap<string, unknown>): boolean => {
  for (let current: Occurrence | undefined = occurrence; current !== undefined; current = current.parent)
    if (!isIncluded(current.directives, variables)) return false;
  return true;
};
