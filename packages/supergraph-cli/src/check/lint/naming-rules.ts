import type { NameNode } from 'graphql';
import { argumentsOf, enumsOf, fieldsOf, inputsOf, type LintRule, ROOTS, typesOf, type Violation } from './lint-subject.ts';

type Named = { coordinate: string; node: { name: NameNode } };

const misnamed = (elements: readonly Named[], pattern: RegExp, expected: string): Violation[] =>
  elements.flatMap(({ coordinate, node }) =>
    pattern.test(node.name.value) ? [] : [{ coordinate, node: node.name, message: `'${node.name.value}' is not ${expected}` }],
  );

const inputFields = (subject: Parameters<LintRule['find']>[0]): Named[] =>
  inputsOf(subject).flatMap((type) => (type.fields ?? []).map((node) => ({ node, coordinate: `${type.name.value}.${node.name.value}` })));

/** How things are called. */
export const NAMING_RULES: Readonly<Record<string, LintRule>> = {
  TYPE_NAME: {
    severity: 'error',
    advice: 'write it in PascalCase: OrderItem',
    find: (subject) =>
      misnamed(
        typesOf(subject).map((node) => ({ node, coordinate: node.name.value })),
        /^[A-Z][A-Za-z0-9]*$/,
        'in PascalCase',
      ),
  },
  TYPE_SUFFIX: {
    severity: 'warning',
    advice: 'leave the kind out of the name',
    find: (subject) =>
      typesOf(subject).flatMap(({ name }) =>
        /.(Type|Enum|Interface|Union|Object)$/.test(name.value)
          ? [{ coordinate: name.value, node: name, message: `'${name.value}' repeats its kind` }]
          : [],
      ),
  },
  FIELD_NAME: {
    severity: 'error',
    advice: 'write it in camelCase: unitPrice',
    find: (subject) =>
      misnamed(
        [...fieldsOf(subject).map(({ field, coordinate }) => ({ node: field, coordinate })), ...inputFields(subject)],
        /^_*[a-z][A-Za-z0-9]*$/,
        'in camelCase',
      ),
  },
  ARGUMENT_NAME: {
    severity: 'error',
    advice: 'write it in camelCase: sortBy',
    find: (subject) =>
      misnamed(
        argumentsOf(subject).map(({ argument, coordinate }) => ({ node: argument, coordinate })),
        /^[a-z][A-Za-z0-9]*$/,
        'in camelCase',
      ),
  },
  ENUM_VALUE_NAME: {
    severity: 'error',
    advice: 'write it in capitals: OUT_OF_STOCK',
    find: (subject) =>
      misnamed(
        enumsOf(subject).flatMap((type) => (type.values ?? []).map((node) => ({ node, coordinate: `${type.name.value}.${node.name.value}` }))),
        /^[A-Z][A-Z0-9_]*$/,
        'in capitals',
      ),
  },
  INPUT_NAME: {
    severity: 'error',
    advice: 'end its name in Input',
    find: (subject) =>
      misnamed(
        inputsOf(subject).map((node) => ({ node, coordinate: node.name.value })),
        /Input$/,
        'a name that ends in Input',
      ),
  },
  QUERY_VERB: {
    severity: 'warning',
    advice: 'name what it returns: products',
    find: (subject) =>
      fieldsOf(subject).flatMap(({ type, field, coordinate }) =>
        type.name.value === 'Query' && /^(get|list|find|fetch|load)[A-Z]/.test(field.name.value)
          ? [{ coordinate, node: field.name, message: `'${field.name.value}' begins with a verb` }]
          : [],
      ),
  },
  TYPE_IN_FIELD_NAME: {
    severity: 'warning',
    advice: 'leave the type out: Order.number',
    find: (subject) =>
      fieldsOf(subject).flatMap(({ type, field, coordinate }) =>
        !ROOTS.has(type.name.value) &&
        new RegExp(`^${type.name.value}[A-Z]`, 'i').test(field.name.value) &&
        field.name.value.startsWith(lowerFirst(type.name.value))
          ? [{ coordinate, node: field.name, message: `'${coordinate}' says '${type.name.value}' twice` }]
          : [],
      ),
  },
};

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
