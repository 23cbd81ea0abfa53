import { escapeXml } from './draw-svg.ts';
import type { Change, MapCard, MapGraph } from './map-graph.ts';

const mark = (change: Change, content: string): string =>
  change === undefined ? content : change === 'added' ? `<ins>${content}</ins>` : `<del>${content}</del>`;

const fieldsCell = ({ fields, change }: MapCard): string =>
  fields.map((field) => mark(change ?? field.change, `<code>${escapeXml(field.name)}</code>`)).join(', ');

const edgesCell = ({ id }: MapCard, { edges }: MapGraph): string =>
  edges
    .filter(({ from }) => from === id)
    .map((edge) => mark(edge.change, `${escapeXml(edge.kind)} ${escapeXml(edge.to.replace('/', '’s '))} <small>${escapeXml(edge.label)}</small>`))
    .join('<br>');

const row = (subgraph: string, card: MapCard, graph: MapGraph): string =>
  `<tr><td>${escapeXml(subgraph)}</td><th scope="row">${mark(card.change, escapeXml(card.type))}${card.isOwner ? '' : ' <small>extended</small>'}</th>
<td>${card.keys.map((key) => `<code>${escapeXml(key)}</code>`).join('<br>')}</td><td>${fieldsCell(card)}</td><td>${edgesCell(card, graph)}</td></tr>`;

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 ui-sans-serif, system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
figure { margin: 1rem 0; overflow-x: auto; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #8886; padding: .4rem .6rem; text-align: left; vertical-align: top; }
ins { color: light-dark(#187a3c, #5ad17f); text-decoration: none; } ins::before { content: "+ "; }
del { color: light-dark(#b3261e, #ff8a80); }
`;

/** The picture with all of it as a table, for who cannot see it, or wants to search. One file, nothing loaded. */
export const drawPage = (svg: string, graph: MapGraph, title: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeXml(title)}</h1>
<p>Drawn by <code>supergraph map</code> from the schemas of all subgraphs: which entities each has, and who references whom.</p>
<figure>
${svg}</figure>
<table>
<thead><tr><th>Subgraph</th><th>Entity</th><th>Keys</th><th>Fields it resolves</th><th>References</th></tr></thead>
<tbody>
${graph.subgraphs.flatMap(({ name, cards }) => cards.map((card) => row(name, card, graph))).join('\n')}
</tbody>
</table>
</body>
</html>
`;
