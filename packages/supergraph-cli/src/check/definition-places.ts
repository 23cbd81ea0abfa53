import { type ASTNode, type DefinitionNode, type DocumentNode, Kind, parse, Source } from 'graphql';

export interface SchemaText {
  subgraph: string;
  /** From the folder of `supergraph.yaml`. */
  file: string;
  text: string;
}

/** Where a definition stands. Lines and columns count from 1. */
export interface SchemaPlace {
  subgraph: string;
  file: string;
  line: number;
  column: number;
}

type Index = Map<string, SchemaPlace[]>;

const parsed = ({ text, file }: SchemaText): DocumentNode | undefined => {
  try {
    return parse(new Source(text, file));
  } catch {
    return undefined; // Composition tells what is wrong with it.
  }
};

type Named = { readonly name?: { readonly value: string }; readonly loc?: ASTNode['loc'] };

const addNode = (index: Index, { subgraph, file }: SchemaText, coordinate: string, node: Named): void => {
  const start = (node.name as ASTNode | undefined)?.loc?.startToken ?? node.loc?.startToken;
  if (start === undefined) return;
  const places = index.get(coordinate) ?? [];
  index.set(coordinate, [...places, { subgraph, file, line: start.line, column: start.column }]);
};

/** Each coordinate that a definition defines, with its node. */
const definedBy = (node: DefinitionNode): [string, Named][] => {
  if (!('name' in node) || node.name === undefined) return [];
  const type = node.name.value;
  if (node.kind === Kind.DIRECTIVE_DEFINITION) return [[`@${type}`, node]];
  const fields = ('fields' in node ? (node.fields ?? []) : []).flatMap((field): [string, Named][] => {
    const coordinate = `${type}.${field.name.value}`;
    const values = 'arguments' in field ? (field.arguments ?? []) : [];
    return [[coordinate, field], ...values.map((argument): [string, Named] => [`${coordinate}(${argument.name.value}:)`, argument])];
  });
  const values = ('values' in node ? (node.values ?? []) : []).map((value): [string, Named] => [`${type}.${value.name.value}`, value]);
  return [[type, node], ...fields, ...values];
};

/** `Query.products(first:)`, then `Query.products`, then `Query`. */
const outwards = (coordinate: string): string[] => {
  const field = coordinate.replace(/\(.*$/, '');
  return [...new Set([coordinate, field, field.replace(/\..*$/, '')])];
};

/**
 * Knows where the subgraphs define what a schema coordinate (`Type.field(argument:)`) names.
 * @returns the places of a coordinate, of what encloses it when it is not there itself, or none.
 */
export const indexDefinitions = (texts: readonly SchemaText[]): ((coordinate: string) => readonly SchemaPlace[]) => {
  let index: Index | undefined;
  const build = (): Index => {
    const built: Index = new Map();
    for (const text of texts)
      for (const node of parsed(text)?.definitions ?? [])
        for (const [coordinate, defined] of definedBy(node)) addNode(built, text, coordinate, defined);
    return built;
  };
  return (coordinate) => {
    index ??= build();
    for (const name of outwards(coordinate)) {
      const places = index.get(name);
      if (places !== undefined) return places;
    }
    return [];
  };
};
