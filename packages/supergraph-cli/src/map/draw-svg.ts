import {
  CARD_HEAD,
  keysText,
  LINE,
  type MapLayout,
  type PlacedCard,
  type PlacedEdge,
  type PlacedSubgraph,
  SUBGRAPH_HEAD,
  subgraphTitle,
} from './layout-map.ts';
import type { Change } from './map-graph.ts';

export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** One hue a subgraph, as far apart as they go. */
const HUES = [212, 28, 150, 275, 340, 95, 185, 50];
const LEGEND = 34;

const changeClass = (change: Change): string => (change === undefined ? '' : ` ${change}`);
const sign = (change: Change): string => (change === undefined ? '' : change === 'added' ? '+ ' : '− ');

const STYLE = `
text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: var(--ink); }
svg { --paper: #ffffff; --ink: #1f2933; --dim: #5f6c7b; --card: #ffffff; --line: #7b8794; --added: #187a3c; --removed: #b3261e; --light: 95%; --strong: 42%; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #0f1419; --ink: #e4e9f0; --dim: #9aa7b5; --card: #1a222b; --line: #8492a2; --added: #5ad17f; --removed: #ff8a80; --light: 14%; --strong: 66%; }
}
.paper { fill: var(--paper); }
.house { fill: hsl(var(--hue) 45% var(--light)); stroke: hsl(var(--hue) 55% var(--strong)); stroke-width: 1.5; }
.stripe { fill: hsl(var(--hue) 55% var(--strong)); }
.card { fill: var(--card); stroke: var(--line); stroke-opacity: .5; }
.name { font-weight: 650; font-size: 15px; }
.type { font-weight: 650; font-size: 13px; }
.dim { fill: var(--dim); font-size: 11px; }
.key, .field { font-family: ui-monospace, monospace; font-size: 11.5px; }
.key { fill: var(--dim); }
.edge { fill: none; stroke: var(--line); stroke-width: 1.5; }
.extends { stroke-dasharray: 5 4; }
.label { font-size: 11px; fill: var(--dim); paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
.head { fill: var(--line); }
.comparison .house:not(.added, .removed) { fill: var(--paper); stroke: var(--line); }
.comparison .stripe { fill: var(--line); }
.edge.added, rect.added { stroke: var(--added); stroke-width: 2.5; stroke-opacity: 1; }
.edge.removed, rect.removed { stroke: var(--removed); stroke-width: 2.5; stroke-opacity: 1; stroke-dasharray: 3 3; }
text.added { fill: var(--added); font-weight: 650; }
text.removed { fill: var(--removed); text-decoration: line-through; }
.label.removed { text-decoration: none; }
`;

const text = (x: number, y: number, classes: string, content: string): string =>
  `<text x="${x}" y="${y}" class="${classes}">${escapeXml(content)}</text>`;

const hueOf = (name: string, names: readonly string[]): string => `style="--hue:${HUES[names.indexOf(name) % HUES.length] ?? 0}"`;

const drawSubgraph = ({ subgraph, x, y, width, height }: PlacedSubgraph, names: readonly string[]): string => {
  const [name = '', ...counts] = subgraphTitle(subgraph).split(' · ');
  const classes = `house${changeClass(subgraph.change)}`;
  return `<g ${hueOf(name, names)}><title>${escapeXml(`subgraph ${name}: ${subgraph.roots.join(', ') || 'no root fields'}`)}</title>
<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="12" class="${classes}"/>
${text(x + 18, y + 24, `name${changeClass(subgraph.change)}`, sign(subgraph.change) + name)}
${text(x + 18, y + SUBGRAPH_HEAD - 5, 'dim', counts.join(' · '))}</g>`;
};

const drawCard = ({ card, rows, more, x, y, width, height }: PlacedCard, names: readonly string[]): string => {
  const subgraph = card.id.slice(0, card.id.indexOf('/'));
  const lines = rows.map((field, index) =>
    text(x + 16, y + CARD_HEAD + 14 + index * LINE, `field${changeClass(card.change ?? field.change)}`, sign(field.change) + field.name),
  );
  const rest = more === 0 ? '' : `\n${text(x + 16, y + CARD_HEAD + 14 + rows.length * LINE, 'dim', `… and ${more} more`)}`;
  const title = card.isOwner ? `${card.type}, an entity of ${subgraph}` : `${subgraph} adds these fields to ${card.type}`;
  return `<g ${hueOf(subgraph, names)}><title>${escapeXml(`${title}: ${card.fields.map(({ name }) => name).join(', ')}`)}</title>
<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" class="card${changeClass(card.change)}"/>
<rect x="${x}" y="${y}" width="5" height="${height}" rx="2.5" class="stripe"/>
${text(x + 16, y + 19, `type${changeClass(card.change)}`, `${sign(card.change)}${card.type}${card.isOwner ? '' : ' (extended)'}`)}
${text(x + 16, y + 36, 'key', keysText(card))}
${lines.join('\n')}${rest}</g>`;
};

const drawEdge = ({ edge, points, label }: PlacedEdge): string => {
  const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join(' ');
  const classes = `edge ${edge.kind}${changeClass(edge.change)}`;
  const caption = label === undefined ? '' : text(label.x + 4, label.y + 12, `label${changeClass(edge.change)}`, sign(edge.change) + edge.label);
  return `<g><title>${escapeXml(`${edge.from} ${edge.kind} ${edge.to}: ${edge.label}`)}</title><path d="${path}" class="${classes}" marker-end="url(#arrow)"/>${caption}</g>`;
};

const legend = (y: number, isComparison: boolean): string => {
  const marks = isComparison ? `${text(490, y, 'added', '+ added')}${text(560, y, 'removed', '− removed')}` : '';
  return `<path d="M24 ${y - 4} h34" class="edge refers" marker-end="url(#arrow)"/>${text(66, y, 'dim', 'a field leads to the entity')}
<path d="M236 ${y - 4} h34" class="edge extends" marker-end="url(#arrow)"/>${text(278, y, 'dim', 'adds fields to an entity of another')}${marks}`;
};

/** A picture that stands alone: no script, nothing loaded, light or dark as its reader's system is. */
export const drawSvg = ({ width, height, subgraphs, cards, edges }: MapLayout, isComparison: boolean): string => {
  const names = subgraphs.map(({ subgraph }) => subgraph.name);
  const [fullWidth, fullHeight] = [Math.max(width, isComparison ? 660 : 510), height + LEGEND];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${fullWidth} ${fullHeight}" width="${fullWidth}" height="${fullHeight}" ${isComparison ? 'class="comparison" ' : ''}role="img" aria-label="Subgraphs, their entities, and who references whom">
<style>${STYLE}</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 L8 4 L0 8 z" class="head"/></marker></defs>
<rect width="100%" height="100%" class="paper"/>
${subgraphs.map((placed) => drawSubgraph(placed, names)).join('\n')}
${edges.map(drawEdge).join('\n')}
${cards.map((placed) => drawCard(placed, names)).join('\n')}
${legend(height + LEGEND - 14, isComparison)}
</svg>
`;
};
