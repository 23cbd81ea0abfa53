// Who may import whom (docs/architecture.md). tests/architecture.test.ts plants one violation a rule and demands red.
const TEST = '\\.test\\.ts$';
/** A subgraph's folder; webhooks, which is a public door as well, stands beside them and keeps the same rules. */
const SUBGRAPH = '^(subgraphs/[^/]+|webhooks)/src/';
/** The packages without I/O: the only ones the inside of a subgraph may use (docs/decisions/0002-pure-packages.md). */
const PURE = '^packages/(errors/|events/|pagination/|identity/src/caller\\.ts$)';

export default {
  forbidden: [
    {
      name: 'domain-is-pure',
      comment: 'The domain imports only itself and the pure packages. Bring I/O in through a port of a use case.',
      severity: 'error',
      from: { path: `${SUBGRAPH}domain/`, pathNot: TEST },
      to: { pathNot: ['^$1/src/domain/', PURE] },
    },
    {
      name: 'use-cases-see-only-the-domain',
      comment: 'A use case asks the outside through use-cases/ports.ts.',
      severity: 'error',
      from: { path: `${SUBGRAPH}use-cases/`, pathNot: TEST },
      to: { pathNot: ['^$1/src/(domain|use-cases)/', PURE] },
    },
    {
      name: 'primary-adapters-call-use-cases',
      comment: 'Resolvers, gRPC handlers and consumers get their use cases from app.ts; they never reach for storage or settings.',
      severity: 'error',
      from: { path: `${SUBGRAPH}(resolvers|grpc|consumers|rest)/`, pathNot: TEST },
      to: { path: `${SUBGRAPH}(repositories/|config|app|main)` },
    },
    {
      name: 'repositories-implement-ports',
      comment: 'A repository knows the ports and the domain, nothing else of its subgraph.',
      severity: 'error',
      from: { path: `${SUBGRAPH}repositories/`, pathNot: TEST },
      to: { path: SUBGRAPH, pathNot: ['^$1/src/(domain|repositories)/', '^$1/src/use-cases/ports\\.ts$'] },
    },
    {
      name: 'outward-adapters-stand-behind-ports',
      comment: 'What sends, guards, receives callbacks or runs queries knows domain and ports; app.ts gives it the rest.',
      severity: 'error',
      from: { path: `${SUBGRAPH}(dispatcher|egress|callbacks|payload-query)/`, pathNot: TEST },
      to: { path: '^webhooks/src/(resolvers|rest|consumers|repositories|generated|config|app|main)' },
    },
    {
      name: 'generated-types-stay-at-the-edge',
      comment: "GraphQL's types are for resolvers, those of messages for gRPC handlers; the inside has types of its own.",
      severity: 'error',
      from: { path: SUBGRAPH, pathNot: ['/src/(resolvers|grpc|generated)/', TEST] },
      to: { path: '/src/generated/' },
    },
    {
      name: 'only-main-runs-the-app',
      comment: 'app.ts is the composition root: main.ts and tests use it, nobody else.',
      severity: 'error',
      from: { pathNot: ['/src/main\\.ts$', TEST, '^tests/'] },
      to: { path: '/src/app\\.ts$' },
    },
    {
      name: 'apps-never-import-apps',
      comment: 'Rooms talk over the wire. What two rooms share goes to packages/.',
      severity: 'error',
      from: { path: '^((?:subgraphs|bffs|apps)/[^/]+|router|rest|webhooks|payment-sandbox)/' },
      to: { path: '^(?:subgraphs|bffs|apps|router|rest|webhooks|payment-sandbox)/', pathNot: '^$1/' },
    },
    {
      name: 'packages-never-import-apps',
      comment: 'A package serves rooms; it does not know them.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(subgraphs|bffs|apps|router|rest|webhooks|payment-sandbox|tests)/' },
    },
    {
      name: 'pure-packages-stay-pure',
      comment: 'The inside of every subgraph stands on these: no I/O, no library.',
      severity: 'error',
      from: { path: PURE, pathNot: TEST },
      // The contracts of events are schemas: that library is as pure as they are.
      to: { pathNot: [PURE, '(^|/)node_modules/zod/'] },
    },
    {
      name: 'the-client-package-stands-alone',
      comment: 'Frontends install packages/client without the rest of this repository.',
      severity: 'error',
      from: { path: '^packages/client/src/', pathNot: TEST },
      to: { pathNot: ['^packages/client/src/', '(^|/)node_modules/graphql/'] },
    },
    {
      name: 'frontends-are-clients',
      comment: 'What runs in a browser knows the package that frontends install and libraries, nothing of the servers.',
      severity: 'error',
      from: { path: '^apps/[^/]+/src/', pathNot: TEST },
      to: { path: ['^(packages|bffs)/', '^(node:)?(fs|http|https|net|crypto|path|url)$'], pathNot: '^packages/client/src/' },
    },
    {
      name: 'no-deep-package-imports',
      comment: "Import a package by its name and one of its package.json's exports.",
      severity: 'error',
      from: { path: '^(?:subgraphs|bffs|apps|router|rest|webhooks|payment-sandbox|tests)/' },
      to: { path: '^packages/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-undeclared-dependencies',
      comment:
        'npm hoists silently: declare what you import in the package.json of your own room. (tests/architecture.test.ts sees undeclared workspace packages.)',
      severity: 'error',
      from: { path: '^(packages|subgraphs|bffs|apps|router|rest|webhooks|payment-sandbox|tests)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'no-cycles', comment: 'Split what both need into a file of its own.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-import-of-tests',
      comment: 'Production code does not know its tests.',
      severity: 'error',
      from: { pathNot: [TEST, '^tests/'] },
      to: { path: TEST },
    },
    {
      name: 'no-unresolved',
      comment: 'The import leads nowhere: a typing error, or a package that is not installed.',
      severity: 'error',
      from: { pathNot: '/generated/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: 'node_modules' },
    // Packages of their own, installed on demand.
    exclude: { path: '^tests/(conformance/suites|bench/peers)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
