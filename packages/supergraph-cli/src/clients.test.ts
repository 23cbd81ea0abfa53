import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createFolder, runIn, SMALL_GRAPH } from './testing/small-graph.ts';

const GONE = 'query Gone { products { colour } }';
const FILES = {
  ...SMALL_GRAPH,
  'router/router.yaml': 'operations: { clients: [back-office] }\ncontracts:\n  public: { exclude: [staff], clients: [app] }\n',
  'clients/clients.yaml': `back-office: { operations: office/*.graphql, types: office/generated }
app: { operations: app/*.graphql, types: app/generated }
`,
  'office/margins.graphql': 'query Margins {\n  products { margin }\n}\n',
  'app/prices.graphql': 'query AppPrices { products { price } }\n',
};

test('operations are held against what serves their client: its contract, or the whole graph', async () => {
  using project = createFolder(FILES);
  expect(await runIn(project.folder, ['operations'])).toMatchObject({ code: 0, out: expect.stringContaining('back-office, app fit') });

  project.write('app/margins.graphql', 'query AppMargins {\n  products { margin }\n}\n');
  project.write('office/margins.graphql', 'query Margins {\n  products { margins }\n}\n');
  project.write('clients/back-office/1.0.0.json', JSON.stringify({ [`sha256:${createHash('sha256').update(GONE).digest('hex')}`]: GONE }));
  const { code, err } = await runIn(project.folder, ['operations']);
  expect(code).toBe(1);
  expect(err).toMatch(/back-office, Margins: Cannot query field "margins".*\n +office\/margins\.graphql:2:14/);
  expect(err).toMatch(/back-office 1\.0\.0, Gone: Cannot query field "colour"/);
  expect(err).toMatch(/app, AppMargins: Cannot query field "margin".*\n +app\/margins\.graphql:2:14/);
});

test.each([
  ['nobody serves', 'contracts: {}\n', "the client 'back-office' of clients/clients.yaml belongs to no contract"],
  ['nobody knows', 'operations: { clients: [back-office, app, kiosk] }\n', "router/router.yaml names the client 'kiosk'"],
  [
    'two contracts serve',
    'operations: { clients: [back-office] }\ncontracts:\n  one: { clients: [app] }\n  two: { clients: [app] }\n',
    'belongs to the contracts one and two',
  ],
])('a client that %s is a mistake of the settings', async (_what, settings, problem) => {
  using project = createFolder({ ...FILES, 'router/router.yaml': settings });
  expect(await runIn(project.folder, ['operations'])).toMatchObject({ code: 2, err: expect.stringContaining(problem) });
});
