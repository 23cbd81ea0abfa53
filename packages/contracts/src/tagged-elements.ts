import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  type TypeDefinitionNode,
} from 'graphql';
import type { ContractFilter } from './contract-settings.ts';

/** The names that `@tag` and `@inaccessible` go by in a supergraph, and what the types of its specifications begin with. */
export interface Names {
  tag: string | undefined;
  inaccessible: string;
  prefixes: readonly string[];
}

type Tagged = { readonly directives?: readonly ConstDirectiveNode[] | undefined };

const tagsOf = ({ directives = [] }: Tagged, { tag }: Names): string[] =>
  directives.flatMap(({ name, arguments: values = [] }) => {
    const value = name.value === tag ? values.find((argument) => argument.name.value === 'name')?.value : undefined;
    return value?.kind === Kind.STRING ? [value.value] : [];
  });

/** Adds `@inaccessible` to what a contract hides. */
export const createHider = (filter: ContractFilter, names: Names) => {
  const { include, exclude } = filter;
  const isExcluded = (tags: readonly string[]): boolean => exclude.some((tag) => tags.includes(tag));
  const isLeftOut = (tags: readonly string[]): boolean => isExcluded(tags) || (include.length > 0 && !include.some((tag) => tags.includes(tag)));
  const isInaccessible = ({ directives = [] }: Tagged): boolean => directives.some(({ name }) => name.value === names.inaccessible);

  const hidden = <Node extends Tagged>(node: Node): Node => {
    if (isInaccessible(node)) return node;
    const directive: ConstDirectiveNode = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: names.inaccessible } };
    return { ...node, directives: [...(node.directives ?? []), directive] };
  };
  const hiddenIf = <Node extends Tagged>(node: Node, hides: (tags: readonly string[]) => boolean): Node =>
    hides(tagsOf(node, names)) ? hidden(node) : node;
  /** A type of which nothing can be seen cannot be seen. */
  const hiddenWith = <Node extends Tagged, Part extends Tagged>(node: Node, parts: readonly Part[]): Node =>
    parts.length > 0 && parts.every(isInaccessible) ? hidden(node) : node;

  const hideField = (inherited: readonly string[], node: FieldDefinitionNode): FieldDefinitionNode => {
    const tags = [...inherited, ...tagsOf(node, names)];
    const field = { ...node, arguments: (node.arguments ?? []).map((argument): InputValueDefinitionNode => hiddenIf(argument, isExcluded)) };
    return isLeftOut(tags) ? hidden(field) : field;
  };

  const hideType = (type: TypeDefinitionNode): TypeDefinitionNode => {
    switch (type.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION: {
        const inherited = tagsOf(type, names);
        const fields = (type.fields ?? []).map((field) => hideField(inherited, field));
        return hiddenWith(hiddenIf({ ...type, fields }, isExcluded), fields);
      }
      case Kind.UNION_TYPE_DEFINITION:
        return hiddenIf(type, isLeftOut);
      case Kind.ENUM_TYPE_DEFINITION: {
        const values = (type.values ?? []).map((value) => hiddenIf(value, isExcluded));
        return hiddenWith(hiddenIf({ ...type, values }, isExcluded), values);
      }
      case Kind.INPUT_OBJECT_TYPE_DEFINITION: {
        const fields = (type.fields ?? []).map((field) => hiddenIf(field, isExcluded));
        return hiddenWith(hiddenIf({ ...type, fields }, isExcluded), fields);
      }
      case Kind.SCALAR_TYPE_DEFINITION:
        return hiddenIf(type, isExcluded);
    }
  };

  const isOurs = (name: string): boolean => !names.prefixes.some((prefix) => name.startsWith(prefix));
  const isType = (node: DefinitionNode): node is TypeDefinitionNode => 'name' in node && node.kind.endsWith('TypeDefinition');
  return (document: DocumentNode): DocumentNode => ({
    ...document,
    definitions: document.definitions.map((node) => (isType(node) && isOurs(node.name.value) ? hideType(node) : node)),
  });
};
