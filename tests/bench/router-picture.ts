import { cpuOf, type Results } from './router-bars.ts';
import type { Contestant, GatewayName } from './router-gateways.ts';
import type { Workload } from './router-workloads.ts';

/** A part of the picture: the gateways of one workload, one bar each. */
interface Panel {
  title: string;
  bars: readonly { label: string; value: number; isOurs: boolean }[];
}

const WIDTH = 860;
const LABELS = 400;
const VALUES = 70;
const BAR_HEIGHT = 18;
const ROW = 26;
const TITLE = 40;

/** Greys and one accent that stand out from white as from black; whoever knows the reader's preference gives more contrast. */
const STYLE = `text { font: 13px system-ui, sans-serif; fill: #57606a; } .title { font-weight: 600; fill: #24292f; } .ours { fill: #1f883d; } .peer { fill: #8c959f; }
@media (prefers-color-scheme: dark) { text { fill: #9198a1; } .title { fill: #f0f6fc; } .ours { fill: #3fb950; } .peer { fill: #656c76; } }`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('`', '');
const shown = (value: number): string => `${value.toFixed(value < 1 ? 3 : 2)} ms`;

const drawPanel = ({ title, bars }: Panel, top: number): string => {
  const most = Math.max(...bars.map(({ value }) => value));
  const rows = bars.map(({ label, value, isOurs }, index) => {
    const y = top + TITLE + index * ROW;
    const width = Math.max(1, (value / most) * (WIDTH - LABELS - VALUES)).toFixed(1);
    const middle = y + BAR_HEIGHT - 5;
    const name = `<text x="${LABELS - 10}" y="${middle}" text-anchor="end">${escaped(label)}</text>`;
    const bar = `<rect class="${isOurs ? 'ours' : 'peer'}" x="${LABELS}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="2"/>`;
    return `${name}${bar}<text x="${(LABELS + Number(width) + 6).toFixed(1)}" y="${middle}">${shown(value)}</text>`;
  });
  return [`<text class="title" x="0" y="${top + 24}">${escaped(title)}</text>`, ...rows].join('\n');
};

const heightOf = ({ bars }: Panel): number => TITLE + bars.length * ROW;

/** The CPU time of a request as bars, a panel for each workload. */
export const drawPicture = (panels: readonly Panel[]): string => {
  let height = 0;
  const drawn = panels.map((panel) => {
    const top = height;
    height += heightOf(panel);
    return drawPanel(panel, top);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>CPU time of the gateway's process a request: less is better</title>
<style>${STYLE}</style>
${drawn.join('\n')}
</svg>
`;
};

const isOurs = (name: GatewayName): boolean => name.startsWith('ours');

/** The cheapest on top. */
export const panelsOf = (results: Results, workloads: readonly Workload[], entrants: readonly Contestant[]): Panel[] =>
  workloads.map(({ id, title }) => {
    const blocks = results.get(id);
    const bars = entrants
      .filter(({ name }) => blocks?.has(name))
      .map(({ name, title: label }) => ({ label, value: cpuOf(blocks?.get(name)), isOurs: isOurs(name) }));
    return { title: `CPU ms a request: ${title}`, bars: bars.toSorted((a, b) => a.value - b.value) };
  });
