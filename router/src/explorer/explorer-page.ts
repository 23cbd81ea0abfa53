import { ASSET_VERSION } from './laboratory-assets.ts';
import { ID_PREFIX, type OperationCollections } from './operation-collections.ts';

export const assetPath = (name: string): string => `/explorer/${ASSET_VERSION}/${name}`;

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M8 1l6 3.5v7L8 15l-6-3.5v-7z' fill='%23e10098'/%3E%3C/svg%3E";

const STYLE = `
  html, body { height: 100%; margin: 0 }
  body { display: flex; flex-direction: column; color-scheme: light dark; background: light-dark(#fff, #0b0d11) }
  header { display: flex; gap: 1.5em; padding: .5em 1em; font: 13px/1.4 system-ui, sans-serif; color: light-dark(#444, #aab) }
  header b { color: light-dark(#111, #eee) } header a { color: light-dark(#06c, #7ab7ff) } header span { margin-left: auto }
  #explorer { flex: 1; min-height: 0 }`;

/** Safe inside a script element. */
const toInlineJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

/*
 * The user's own collections and open tabs live in localStorage, where Laboratory keeps them; those made from the
 * repository's files are always taken fresh from the page.
 */
const bootScript = `
  const { collections, first, idPrefix, workers } = JSON.parse(document.getElementById('boot').textContent);
  const saved = (name) => { try { return JSON.parse(localStorage.getItem('hive-laboratory:' + name)) ?? [] } catch { return [] } };
  const endpoint = location.origin + '/graphql';
  const sandbox = new URL('https://studio.apollographql.com/sandbox/explorer');
  sandbox.searchParams.set('endpoint', endpoint);
  if (first) {
    sandbox.searchParams.set('document', first.query);
    if (first.variables) sandbox.searchParams.set('variables', first.variables);
  }
  document.getElementById('sandbox').href = sandbox;
  self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_, label) => workers[label] ?? workers.editorWorkerService };
  const own = saved('collections').filter(({ id }) => !id.startsWith(idPrefix));
  const props = {
    defaultEndpoint: endpoint,
    defaultCollections: [...collections, ...own],
    theme: matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark',
  };
  if (first && saved('tabs').length === 0) {
    props.defaultOperations = [first];
    props.defaultTabs = [{ id: first.id, type: 'operation', data: { id: first.id, name: first.name } }];
    props.defaultActiveTabId = first.id;
  }
  HiveLaboratory.renderLaboratory(document.getElementById('explorer'), props);`;

/** The explorer: Hive Laboratory from this server's own files, with the repository's operations in it. */
export const renderExplorerPage = ({ collections, firstToRun }: OperationCollections, contracts: readonly string[] = []): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Supergraph explorer</title>
<link rel="icon" href="${ICON}">
<style>${STYLE}</style>
</head>
<body>
<header>
  <b>Supergraph explorer</b>
  <a id="sandbox" href="https://studio.apollographql.com/sandbox/explorer" target="_blank" rel="noopener">Open in Apollo Sandbox</a>
  ${contracts.map((name) => `<a href="/${name}/graphql" target="_blank">${name}</a>`).join(' ')}
  <span>Apollo Sandbox is on the internet: allow local network access when Chrome asks for it, else it reports a CORS error.</span>
</header>
<div id="explorer"><noscript>The explorer needs JavaScript.</noscript></div>
<script type="application/json" id="boot">${toInlineJson({
  collections,
  first: firstToRun,
  idPrefix: ID_PREFIX,
  workers: {
    editorWorkerService: assetPath('editor.js'),
    graphql: assetPath('graphql.js'),
    json: assetPath('json.js'),
    typescript: assetPath('typescript.js'),
  },
})}</script>
<script src="${assetPath('laboratory.js')}"></script>
<script>${bootScript}
</script>
</body>
</html>
`;
