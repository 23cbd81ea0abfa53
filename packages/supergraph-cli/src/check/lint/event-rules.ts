import { type ConstDirectiveNode, Kind } from 'graphql';
import { directiveOf, fieldsOf, type LintRule, type LintSubject, namedType, textArgument, typesOf } from './lint-subject.ts';

/** Keys that are one field: what an event's subject can be. */
const singleKeysOf = (subject: LintSubject, type: string): string[] =>
  typesOf(subject)
    .filter(({ name }) => name.value === type)
    .flatMap(({ directives = [] }) => directives.filter(({ name }) => name.value === 'key'))
    .flatMap((key) => textArgument(key, 'fields')?.trim() ?? [])
    .filter((fields) => /^\w+$/.test(fields));

const eventTypesOf = (directive: ConstDirectiveNode): string[] => {
  const value = directive.arguments?.find(({ name }) => name.value === 'types')?.value;
  return value?.kind === Kind.LIST ? value.values.flatMap((item) => (item.kind === Kind.STRING ? item.value : [])) : [];
};

/** What the router needs to answer a field from events (`@fromEvents`). */
export const EVENT_RULES: Readonly<Record<string, LintRule>> = {
  EVENT_FIELD: {
    severity: 'error',
    advice: 'name event types, a @key of the entity as key, and an argument of the field as subject',
    find: (subject) =>
      fieldsOf(subject).flatMap(({ type, field, coordinate }) => {
        const directive = directiveOf(field, 'fromEvents');
        if (directive === undefined) return [];
        const [key, argument] = [textArgument(directive, 'key') ?? '', textArgument(directive, 'subject')];
        const entity = namedType(field.type);
        const problems = [
          type.name.value === 'Subscription' ? undefined : 'is no field of Subscription',
          eventTypesOf(directive).length > 0 ? undefined : 'names no event',
          singleKeysOf(subject, entity).includes(key) ? undefined : `is made from '${key}', which is no @key of ${entity}`,
          argument === undefined || field.arguments?.some(({ name }) => name.value === argument) ? undefined : `has no argument '${argument}'`,
        ];
        return problems.flatMap((problem) => (problem === undefined ? [] : [{ coordinate, node: directive, message: `${coordinate} ${problem}` }]));
      }),
  },
};
