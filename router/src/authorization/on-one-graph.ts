import { type ConstArgumentNode, type ConstDirectiveNode, type DocumentNode, type EnumTypeDefinitionNode, Kind, print, visit } from 'graphql';

/** What says of which subgraph something is, and the arguments that say anything else (https://specs.apollo.dev/join/v0.5). */
const MEMBERSHIPS: Readonly<Record<string, readonly string[]>> = {
  join__type: [],
  join__implements: ['interface'],
  join__unionMember: ['member'],
  join__enumValue: [],
};
const RESOLUTION = new Set(['join__field', 'join__directive']);

const isGraphs = (node: DocumentNode['definitions'][number]): node is EnumTypeDefinitionNode =>
  node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === 'join__Graph';

const movedTo = (graph: string, directives: readonly ConstDirectiveNode[]): ConstDirectiveNode[] => {
  const given: ConstArgumentNode = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'graph' }, value: { kind: Kind.ENUM, value: graph } };
  const moved = directives.flatMap((directive) => {
    if (RESOLUTION.has(directive.name.value)) return [];
    const kept = MEMBERSHIPS[directive.name.value];
    if (kept === undefined) return [directive];
    return [{ ...directive, arguments: [given, ...(directive.arguments ?? []).filter(({ name }) => kept.includes(name.value))] }];
  });
  return [...new Map(moved.map((directive) => [print(directive), directive])).values()];
};

/** The supergraph with the same types and fields, all of them of its first subgraph: it shows the same schema, and nothing can be planned on it. */
export const onOneGraph = (supergraph: DocumentNode): DocumentNode => {
  const [first] = supergraph.definitions.find(isGraphs)?.values ?? [];
  if (first === undefined) return supergraph;
  return visit(supergraph, {
    enter: (node) => {
      if (node.kind === Kind.ENUM_TYPE_DEFINITION && isGraphs(node)) return { ...node, values: [first] };
      if (!('directives' in node) || node.directives === undefined || (node.kind === Kind.ENUM_VALUE_DEFINITION && node === first)) return undefined;
      return { ...node, directives: movedTo(first.name.value, node.directives as readonly ConstDirectiveNode[]) };
    },
  });
};
