import elk, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { MapCard, MapEdge, MapField, MapGraph, MapSubgraph } from './map-graph.ts';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlacedCard extends Box {
  card: MapCard;
  /** The rows that are shown, and how many are not. */
  rows: readonly MapField[];
  more: number;
}

export interface PlacedSubgraph extends Box {
  subgraph: MapSubgraph;
}

export interface PlacedEdge {
  edge: MapEdge;
  points: readonly { x: number; y: number }[];
  /** Undefined when the edge has no label. */
  label: Box | undefined;
}

/** Everything with its place, in pixels from the upper left corner. */
export interface MapLayout {
  width: number;
  height: number;
  subgraphs: readonly PlacedSubgraph[];
  cards: readonly PlacedCard[];
  edges: readonly PlacedEdge[];
}

/** Widths are guessed generously, so that whatever font the reader has fits. */
const CHARACTER = 7.4;
const BOLD_CHARACTER = 8.2;
export const LINE = 18;
export const CARD_HEAD = 44;
export const SUBGRAPH_HEAD = 46;
const MAX_ROWS = 9;

const rowsOf = ({ fields }: MapCard): { rows: MapField[]; more: number } => {
  if (fields.length <= MAX_ROWS) return { rows: [...fields], more: 0 };
  // What a change touches is shown first: it is what the picture is for.
  const sorted = [...fields.filter(({ change }) => change !== undefined), ...fields.filter(({ change }) => change === undefined)];
  return { rows: sorted.slice(0, MAX_ROWS - 1), more: fields.length - MAX_ROWS + 1 };
};

export const keysText = ({ keys }: MapCard): string => `@key ${keys.join(' | ')}`;

const cardSize = (card: MapCard): { width: number; height: number } => {
  const { rows, more } = rowsOf(card);
  const longest = Math.max(...[keysText(card), ...rows.map(({ name }) => `+ ${name}`)].map(({ length }) => length));
  const title = `+ ${card.type}${card.isOwner ? '' : ' (extended)'}`.length;
  return {
    width: Math.ceil(Math.max(longest * CHARACTER, title * BOLD_CHARACTER)) + 36,
    height: CARD_HEAD + (rows.length + (more > 0 ? 1 : 0)) * LINE + 10,
  };
};

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.randomSeed': '1',
  'elk.spacing.nodeNode': '28',
  'elk.layered.spacing.nodeNodeBetweenLayers': '46',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.edgeEdge': '14',
  'elk.spacing.edgeLabel': '4',
  'elk.padding': '[top=24,left=24,bottom=24,right=24]',
};

const toElk = ({ subgraphs, edges }: MapGraph): ElkNode => ({
  id: 'root',
  layoutOptions: OPTIONS,
  children: subgraphs.map((subgraph) => ({
    id: subgraph.name,
    layoutOptions: {
      'elk.padding': `[top=${SUBGRAPH_HEAD + 8},left=18,bottom=18,right=18]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${Math.ceil(subgraphTitle(subgraph).length * CHARACTER) + 40},${SUBGRAPH_HEAD + 20})`,
    },
    children: subgraph.cards.map((card) => ({ id: card.id, ...cardSize(card) })),
  })),
  edges: edges.map(({ id, from, to, label }) => ({
    id,
    sources: [from],
    targets: [to],
    labels: [{ text: label, width: Math.ceil(label.length * 6.6) + 8, height: 16 }],
  })),
});

/** `order   3 queries, 4 mutations` */
export const subgraphTitle = ({ name, roots }: MapSubgraph): string => {
  const count = (root: string): number => roots.filter((field) => field.startsWith(`${root}.`)).length;
  const parts = [
    [count('Query'), 'query', 'queries'],
    [count('Mutation'), 'mutation', 'mutations'],
    [count('Subscription'), 'subscription', 'subscriptions'],
  ] as const;
  return [name, ...parts.filter(([number]) => number > 0).map(([number, one, many]) => `${number} ${number === 1 ? one : many}`)].join(' · ');
};

const boxOf = ({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>, dx = 0, dy = 0): Box => ({
  x: Math.round(x + dx),
  y: Math.round(y + dy),
  width: Math.round(width),
  height: Math.round(height),
});

/** Where an edge's coordinates start: ELK gives them relative to the box that holds both ends. */
const originOf = (edge: ElkExtendedEdge, boxes: ReadonlyMap<string, Box>): { x: number; y: number } => {
  const container = (edge as { container?: string }).container ?? 'root';
  return boxes.get(container) ?? { x: 0, y: 0 };
};

const placeEdge = (edge: MapEdge, laid: ElkExtendedEdge, boxes: ReadonlyMap<string, Box>): PlacedEdge => {
  const origin = originOf(laid, boxes);
  const points = (laid.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]);
  const [label] = laid.labels ?? [];
  return {
    edge,
    points: points.map(({ x, y }) => ({ x: Math.round(x + origin.x), y: Math.round(y + origin.y) })),
    label: label === undefined ? undefined : boxOf(label, origin.x, origin.y),
  };
};

/** Lays a graph out with ELK's layered algorithm (https://eclipse.dev/elk/): the same graph always gets the same places. */
export const layoutMap = async (graph: MapGraph): Promise<MapLayout> => {
  const laid = await new elk.default().layout(toElk(graph));
  const boxes = new Map<string, Box>();
  const subgraphs: PlacedSubgraph[] = [];
  const cards: PlacedCard[] = [];
  for (const subgraph of graph.subgraphs) {
    const node = laid.children?.find(({ id }) => id === subgraph.name) ?? { id: subgraph.name };
    const box = boxOf(node);
    boxes.set(subgraph.name, box);
    subgraphs.push({ subgraph, ...box });
    for (const card of subgraph.cards)
      cards.push({ card, ...rowsOf(card), ...boxOf(node.children?.find(({ id }) => id === card.id) ?? {}, box.x, box.y) });
  }
  const laidEdges = new Map((laid.edges ?? []).map((edge) => [edge.id, edge]));
  const edges = graph.edges.flatMap((edge) => {
    const found = laidEdges.get(edge.id);
    return found === undefined ? [] : [placeEdge(edge, found, boxes)];
  });
  return { width: Math.round(laid.width ?? 0), height: Math.round(laid.height ?? 0), subgraphs, cards, edges };
};
