import { type GraphQLNamedType, type GraphQLObjectType, getNamedType, isInterfaceType, isObjectType } from 'graphql';
import type { AuthorizationRules } from './read-authorization-rules.ts';
import type { Condition, Requirement } from './requirement.ts';

/** The distinct requirements of one operation, by number. */
export interface RequirementTable {
  /**
   * What a field demands where it is selected on `type`, while the object can only be one of `reachable`.
   * @returns an index of `requirements()`; undefined for a field that anybody may ask for.
   */
  of(fieldName: string, type: GraphQLNamedType, reachable: readonly GraphQLObjectType[]): number | undefined;
  requirements(): readonly Requirement[];
  conditions(): readonly Condition[];
}

export const createRequirementTable = (rules: AuthorizationRules): RequirementTable => {
  const requirements = new Map<string, { index: number; requirement: Requirement }>();
  const conditions = new Map<Condition, number>();

  const demandsOf = (holder: GraphQLNamedType, fieldName: string): Requirement => {
    if (!isObjectType(holder) && !isInterfaceType(holder)) return [];
    const field = holder.getFields()[fieldName];
    return [
      ...(rules.types.get(holder.name) ?? []),
      ...(rules.fields.get(`${holder.name}.${fieldName}`) ?? []),
      ...(field === undefined ? [] : (rules.types.get(getNamedType(field.type).name) ?? [])),
    ];
  };

  const numberOf = (condition: Condition): number => {
    const number = conditions.get(condition) ?? conditions.size;
    conditions.set(condition, number);
    return number;
  };

  return {
    of: (fieldName, type, reachable) => {
      const requirement = [...new Set([type, ...reachable].flatMap((holder) => demandsOf(holder, fieldName)))];
      if (requirement.length === 0) return undefined;
      const key = requirement
        .map(numberOf)
        .sort((one, other) => one - other)
        .join();
      const known = requirements.get(key) ?? { index: requirements.size, requirement };
      requirements.set(key, known);
      return known.index;
    },
    requirements: () => [...requirements.values()].map(({ requirement }) => requirement),
    conditions: () => [...conditions.keys()],
  };
};
