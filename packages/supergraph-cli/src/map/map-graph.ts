import { type FieldModel, isEntity, ownerOf, type SupergraphModel, type TypeModel } from '../supergraph-model.ts';

/** What a change does to an element; both sides have it when nothing. */
export type Change = 'added' | 'removed' | undefined;

export interface MapField {
  name: string;
  change: Change;
}

/** What one subgraph contributes to an entity. */
export interface MapCard {
  /** `order/Product` */
  id: string;
  type: string;
  isOwner: boolean;
  keys: readonly string[];
  fields: readonly MapField[];
  change: Change;
}

export interface MapSubgraph {
  name: string;
  /** Fields of Query, Mutation and Subscription that it answers. */
  roots: readonly string[];
  cards: readonly MapCard[];
  change: Change;
}

/** `refers`: a field leads to the entity. `extends`: the card adds fields to the owner's entity. */
export interface MapEdge {
  id: string;
  kind: 'refers' | 'extends';
  from: string;
  to: string;
  label: string;
  change: Change;
}

export interface MapGraph {
  subgraphs: readonly MapSubgraph[];
  edges: readonly MapEdge[];
}

const ROOTS = ['Query', 'Mutation', 'Subscription'];
/** Fields of pages that only wrap what the page is of. */
const WRAPPERS = new Set(['edges', 'nodes', 'node']);
const MAX_DEPTH = 6;

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

const keysIn = ({ keys }: TypeModel, subgraph: string): string[] => keys.filter((key) => key.subgraph === subgraph).map(({ fields }) => fields);

/** Fields that a subgraph resolves and that are not the key. */
const ownFields = (type: TypeModel, subgraph: string): FieldModel[] => {
  const keys = new Set(keysIn(type, subgraph).flatMap((fields) => fields.split(/[\s{}]+/)));
  return type.fields.filter(({ name, subgraphs }) => subgraphs.includes(subgraph) && !keys.has(name));
};

const entitiesOf = ({ types }: SupergraphModel): TypeModel[] => [...types.values()].filter(isEntity).sort(byName);

/** The entities that a field leads to, through types without a key, each with the path of fields to it. */
const reach = (model: SupergraphModel, subgraph: string, field: FieldModel, path: string, depth = 0): { type: TypeModel; path: string }[] => {
  const type = model.types.get(field.namedType);
  if (type === undefined || depth > MAX_DEPTH) return [];
  const here = WRAPPERS.has(field.name) ? path : [path, field.name].filter(Boolean).join('.');
  if (isEntity(type)) return [{ type, path: here }];
  return type.fields.filter(({ subgraphs }) => subgraphs.includes(subgraph)).flatMap((next) => reach(model, subgraph, next, here, depth + 1));
};

const cardsOf = (model: SupergraphModel, subgraph: string): MapCard[] =>
  entitiesOf(model).flatMap((type) => {
    if (!type.subgraphs.includes(subgraph)) return [];
    const isOwner = ownerOf(type) === subgraph;
    const fields = ownFields(type, subgraph);
    if (!isOwner && fields.length === 0) return [];
    const keys = keysIn(type, subgraph);
    return [
      {
        id: `${subgraph}/${type.name}`,
        type: type.name,
        isOwner,
        keys,
        fields: fields.map(({ name }) => ({ name, change: undefined })),
        change: undefined,
      },
    ];
  });

const edgesFrom = (model: SupergraphModel, subgraph: string, card: MapCard): MapEdge[] => {
  const type = model.types.get(card.type);
  if (type === undefined) return [];
  const owner = ownerOf(type);
  const paths = new Map<string, Set<string>>();
  for (const field of ownFields(type, subgraph))
    for (const target of reach(model, subgraph, field, '')) {
      const to = `${ownerOf(target.type)}/${target.type.name}`;
      if (to !== card.id) paths.set(to, (paths.get(to) ?? new Set()).add(target.path));
    }
  const refers = [...paths].map(([to, labels]) => ({ kind: 'refers' as const, to, label: [...labels].join(', ') }));
  const extension = card.isOwner ? [] : [{ kind: 'extends' as const, to: `${owner}/${type.name}`, label: `extends by ${card.keys[0] ?? 'key'}` }];
  return [...extension, ...refers]
    .filter(({ kind, to }) => kind === 'extends' || to !== `${owner}/${type.name}`)
    .map((edge) => ({ ...edge, id: `${edge.kind} ${card.id} ${edge.to}`, from: card.id, change: undefined }));
};

/** The subgraphs, the entities in them, and who references whom. In the order of names, so that the same graph is the same picture. */
export const toMapGraph = (model: SupergraphModel): MapGraph => {
  const subgraphs = [...model.subgraphs].sort().map((name) => ({
    name,
    roots: ROOTS.flatMap((root) =>
      (model.types.get(root)?.fields ?? []).filter((field) => field.subgraphs.includes(name)).map((field) => `${root}.${field.name}`),
    ),
    cards: cardsOf(model, name),
    change: undefined,
  }));
  return { subgraphs, edges: subgraphs.flatMap(({ name, cards }) => cards.flatMap((card) => edgesFrom(model, name, card))) };
};

/** Both sides of a list in the order of the new one, what is gone at its end. */
const union = <T>(base: readonly T[], head: readonly T[], idOf: (item: T) => string): { item: T; before: T | undefined; change: Change }[] => {
  const bases = new Map(base.map((item) => [idOf(item), item]));
  const heads = new Set(head.map(idOf));
  return [
    ...head.map((item) => ({ item, before: bases.get(idOf(item)), change: bases.has(idOf(item)) ? undefined : ('added' as const) })),
    ...base.filter((item) => !heads.has(idOf(item))).map((item) => ({ item, before: item, change: 'removed' as const })),
  ];
};

const nameOf = ({ name }: { name: string }): string => name;
const idOf = ({ id }: { id: string }): string => id;

const mergeCards = (base: readonly MapCard[], head: readonly MapCard[]): MapCard[] =>
  union(base, head, idOf).map(({ item, before, change }) => ({
    ...item,
    change,
    fields:
      change === undefined
        ? union(before?.fields ?? [], item.fields, nameOf).map((field) => ({ name: field.item.name, change: field.change }))
        : item.fields,
  }));

/** One picture of two graphs, in which everything that only one has is marked. */
export const compareMapGraphs = (base: MapGraph, head: MapGraph): MapGraph => ({
  subgraphs: union(base.subgraphs, head.subgraphs, nameOf)
    .map(({ item, before, change }) => ({ ...item, change, cards: change === undefined ? mergeCards(before?.cards ?? [], item.cards) : item.cards }))
    .sort(byName),
  edges: union(base.edges, head.edges, idOf).map(({ item, change }) => ({ ...item, change })),
});
