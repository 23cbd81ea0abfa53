import { styleText } from 'node:util';

export interface BannerOptions {
  seconds: number;
  routerUrl: string;
  restUrl: string | undefined;
  storefrontUrl: string | undefined;
  rooms: readonly { name: string; url: string; note: string }[];
  databases: string;
  messages: string;
  /** The file that shows subgraphs and entities. */
  map: string | undefined;
  isProduction: boolean;
}

/** The one screen that tells what runs where. */
export const banner = ({ seconds, routerUrl, restUrl, storefrontUrl, rooms, databases, messages, map, isProduction }: BannerOptions): string => {
  const width = Math.max(12, ...rooms.map(({ name }) => name.length + 2));
  const row = (mark: string, name: string, value: string, note = ''): string =>
    `  ${styleText('green', mark)}  ${name.padEnd(width)}${value}${note === '' ? '' : `  ${styleText('dim', note)}`}`;
  const sandbox = `https://studio.apollographql.com/sandbox/explorer?endpoint=${encodeURIComponent(`${routerUrl}/graphql`)}`;
  const development = [
    row('➜', 'Explorer', `${routerUrl}/`, 'works offline, shows query plans'),
    row('➜', 'Sandbox', sandbox, 'Chrome asks for local network access: allow it'),
    '',
    row('➜', 'Sign in', 'staff@example.com', 'password: supergraph (also admin@example.com and customer-17850@example.com)'),
  ];
  return [
    '',
    `  ${styleText('bold', 'supergraph')}  ready in ${seconds.toFixed(1)} s`,
    '',
    row('➜', 'GraphQL', `${routerUrl}/graphql`),
    ...(restUrl === undefined ? [] : [row('➜', 'REST', `${restUrl}/`, 'links lead on; reference at /docs, OpenAPI at /openapi.json')]),
    ...(storefrontUrl === undefined ? [] : [row('➜', 'Storefront', `${storefrontUrl}/`)]),
    ...(map === undefined ? [] : [row('➜', 'Map', map, 'who owns and extends what: open it in a browser; npm run map draws it anew')]),
    ...(isProduction ? [] : development),
    '',
    ...rooms.map(({ name, url, note }) => row('✓', name, url, note)),
    row('✓', 'PostgreSQL', databases),
    row('✓', 'Messages', messages),
    '',
    `  ${styleText('dim', 'Ctrl-C stops everything')}`,
    '',
    '',
  ].join('\n');
};
