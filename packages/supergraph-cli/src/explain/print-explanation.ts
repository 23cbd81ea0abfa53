import type { CodeExplanation } from './explain-code.ts';
import type { CoordinateExplanation } from './explain-coordinate.ts';

const WIDTH = 100;
const LABEL = 13;

/** Breaks a text into lines that fit beside the labels. */
const wrap = (text: string): string[] => {
  const lines = [''];
  for (const word of text.replaceAll(/\s+/g, ' ').trim().split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
};

/** A label and its lines; nothing when there are none. */
const block = (label: string, lines: readonly (string | undefined)[]): string[] =>
  lines
    .filter((line) => line !== undefined && line !== '')
    .flatMap((line) => wrap(line ?? ''))
    .map((line, index) => `  ${(index === 0 ? label : '').padEnd(LABEL)}${line}`);

export const printCode = ({ code, from, meaning, why, fix, more }: CodeExplanation): string =>
  [
    `${code}  ${from}`,
    ...wrap(meaning).map((line) => `  ${line}`),
    '',
    ...block('Why', [why]),
    ...block('Fix', [fix]),
    ...block('More', [more]),
    '',
  ].join('\n');

const MAX_USAGES = 30;

const usageLines = ({ usages, operations }: CoordinateExplanation): string[] => {
  if (operations === 0) return ['no operations are known: clients/clients.yaml and supergraph.check.yaml name them'];
  const rows = usages.slice(0, MAX_USAGES).map(({ client, operation, place }) => `${operation} (${client})  ${place}`);
  const more = usages.length > MAX_USAGES ? [`… and ${usages.length - MAX_USAGES} more`] : [];
  return [`${usages.length} of ${operations} operations`, ...rows, ...more];
};

const contractsLine = ({ contracts: { shown, hidden } }: CoordinateExplanation): string =>
  shown.length + hidden.length === 0 ? '' : `${shown.join(', ') || 'in none'}${hidden.length === 0 ? '' : ` (not in ${hidden.join(', ')})`}`;

export const printCoordinate = (explanation: CoordinateExplanation): string => {
  const { coordinate, kind, description, owner, subgraphs, keys, leadsTo, referencedBy, guards, events, tags, deprecated, places } = explanation;
  return [
    coordinate.includes('.') ? `${coordinate}: ${kind}` : `${kind} ${coordinate}`,
    ...(description === undefined ? [] : wrap(description).map((line) => `  ${line}`)),
    '',
    ...block('Owner', [owner]),
    ...block(
      'Subgraphs',
      subgraphs.map(({ subgraph, role }) => `${subgraph} ${role}`),
    ),
    ...block(
      'Keys',
      keys.map(({ subgraph, fields, resolvable }) => `${subgraph}: ${fields}${resolvable ? '' : ' (only refers to it)'}`),
    ),
    ...block('Leads to', [leadsTo]),
    ...block('Events', [events.join(', ')]),
    ...block('Reached by', [referencedBy.join(', ')]),
    ...block('Guarded by', guards.length === 0 ? ['nothing in the schema: use cases decide'] : guards),
    ...block('Tags', [tags.join(', ')]),
    ...block('Contracts', [contractsLine(explanation)]),
    ...block('Deprecated', [deprecated]),
    ...block(
      'Defined in',
      places.map(({ place }) => place),
    ),
    ...block('Used by', usageLines(explanation)),
    '',
  ].join('\n');
};
