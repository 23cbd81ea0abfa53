const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable", "@override", "@inaccessible", "@interfaceObject"])`;

/** A type as one subgraph declares it. */
interface DraftType {
  head: string;
  fields: Map<string, string>;
  directives: Set<string>;
  interfaces: Set<string>;
}

/** A subgraph's schema while it is put together. */
export interface SubgraphDraft {
  name: string;
  types: Map<string, DraftType>;
  unions: Map<string, Set<string>>;
}

export const createDraft = (name: string): SubgraphDraft => ({ name, types: new Map(), unions: new Map() });

/** The type's declaration in a subgraph, begun when there is none. */
export const declare = (draft: SubgraphDraft, name: string, keyword = 'type'): DraftType => {
  const known = draft.types.get(name);
  if (known !== undefined) return known;
  const type: DraftType = { head: `${keyword} ${name}`, fields: new Map(), directives: new Set(), interfaces: new Set() };
  draft.types.set(name, type);
  return type;
};

const printType = ({ head, fields, directives, interfaces }: DraftType): string => {
  const implemented = interfaces.size === 0 ? '' : ` implements ${[...interfaces].join(' & ')}`;
  return `${head}${implemented} ${[...directives].join(' ')} {\n${[...fields].map(([name, rest]) => `  ${name}${rest}`).join('\n')}\n}`;
};

export const printDraft = ({ types, unions }: SubgraphDraft, shared: string): string =>
  [LINK, shared, ...[...types.values()].map(printType), ...[...unions].map(([name, members]) => `union ${name} = ${[...members].join(' | ')}`)].join(
    '\n',
  );
