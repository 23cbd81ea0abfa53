import {
  type ConstDirectiveNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type InputObjectTypeDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  type TypeDefinitionNode,
  type TypeExtensionNode,
  type TypeNode,
} from 'graphql';

export type TypeLike = TypeDefinitionNode | TypeExtensionNode;

/** One subgraph's schema, and which subgraph owns each entity, for rules to look at. */
export interface LintSubject {
  subgraph: string;
  document: DocumentNode;
  /** By entity, the subgraph that defines most of its fields. */
  ownerOf: ReadonlyMap<string, string>;
}

/** A place in a schema that breaks a rule. */
export interface Violation {
  coordinate: string;
  message: string;
  node: { readonly loc?: TypeLike['loc'] };
}

/** A rule of docs/lint.md, where why and an example stand. */
export interface LintRule {
  severity: 'error' | 'warning';
  /** What to do. */
  advice: string;
  find(subject: LintSubject): Violation[];
}

export const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

export const typesOf = ({ document }: Pick<LintSubject, 'document'>): TypeLike[] =>
  document.definitions.filter((node): node is TypeLike => node.kind.endsWith('TypeDefinition') || node.kind.endsWith('TypeExtension'));

/** Fields of objects and interfaces, with their type. */
export const fieldsOf = (subject: LintSubject): { type: TypeLike; field: FieldDefinitionNode; coordinate: string }[] =>
  typesOf(subject).flatMap((type) =>
    /^(Object|Interface)/.test(type.kind)
      ? ((type as { fields?: readonly FieldDefinitionNode[] }).fields ?? []).map((field) => ({
          type,
          field,
          coordinate: `${type.name.value}.${field.name.value}`,
        }))
      : [],
  );

export const argumentsOf = (subject: LintSubject): { field: FieldDefinitionNode; argument: InputValueDefinitionNode; coordinate: string }[] =>
  fieldsOf(subject).flatMap(({ field, coordinate }) =>
    (field.arguments ?? []).map((argument) => ({ field, argument, coordinate: `${coordinate}(${argument.name.value}:)` })),
  );

export const inputsOf = (subject: LintSubject): InputObjectTypeDefinitionNode[] =>
  typesOf(subject).filter((type) => type.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION);

export const enumsOf = (subject: LintSubject): EnumTypeDefinitionNode[] => typesOf(subject).filter((type) => type.kind === Kind.ENUM_TYPE_DEFINITION);

type Directed = { readonly directives?: readonly ConstDirectiveNode[] | undefined };

export const directiveOf = ({ directives = [] }: Directed, name: string): ConstDirectiveNode | undefined =>
  directives.find((directive) => directive.name.value === name);

export const textArgument = (directive: ConstDirectiveNode | undefined, name: string): string | undefined => {
  const value = directive?.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
};

export const isNonNull = (type: TypeNode): boolean => type.kind === Kind.NON_NULL_TYPE;

export const namedType = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type));

/** The type of a list's items, or undefined for what is no list. */
export const itemType = (type: TypeNode): TypeNode | undefined => {
  const inner = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  return inner.kind === Kind.LIST_TYPE ? inner.type : undefined;
};

export const isEntity = (type: TypeLike): boolean => directiveOf(type, 'key') !== undefined;

/** The names that stand in an entity's keys. */
export const keyNames = ({ directives = [] }: TypeLike): ReadonlySet<string> =>
  new Set(
    directives
      .filter(({ name }) => name.value === 'key')
      .flatMap((key) => (textArgument(key, 'fields') ?? '').split(/[^A-Za-z0-9_]+/).filter(Boolean)),
  );
