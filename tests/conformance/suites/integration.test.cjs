// Apollo's suite for HTTP bindings, on the router's own door: body limit, guards and hooks in force with their default settings.
const { ApolloServer } = require('@apollo/server');
const { defineIntegrationTestSuite } = require('@apollo/server-integration-testsuite');
const { fastifyApolloDrainPlugin } = require('@as-integrations/fastify');
const { ANONYMOUS_IDENTITY } = require('@supergraph/identity/identity');
const { createRateLimiter } = require('@supergraph/identity/rate-limiter-factory');
const { createHttpServer, listen } = require('@supergraph/service/http-server');
const { createLogger } = require('@supergraph/service/logging');
const { addAccessLog, createAccessLog } = require('../../../router/src/access-log.ts');
const { addCors } = require('../../../router/src/cors.ts');
const { createAdmission } = require('../../../router/src/door/admission.ts');
const { createGraphqlDoor } = require('../../../router/src/door/graphql-door.ts');
const { putInForce } = require('../../../router/src/door/guards-in-force.ts');
const { createAutomaticQueries } = require('../../../router/src/persisted/automatic-queries.ts');
const { addLoadShedding } = require('../../../router/src/load-shedding.ts');
const { routerSettingsSchema } = require('../../../router/src/settings/router-settings.ts');

const settings = routerSettingsSchema.parse({});

/** The suite's servers have contexts of their own, which its tests look for. */
const withContext = (server, context) =>
  new Proxy(server, {
    get: (target, name) => {
      if (name !== 'executeHTTPGraphQLRequest') return typeof target[name] === 'function' ? target[name].bind(target) : target[name];
      return (request) => target.executeHTTPGraphQLRequest({ ...request, context: async () => (await context?.()) ?? {} });
    },
  });

defineIntegrationTestSuite(async (options, { context } = {}) => {
  const logger = createLogger('router', 'silent');
  const http = createHttpServer({ logger, readiness: async () => undefined, bodyLimit: settings.limits.bodyBytes });
  const automatic = createAutomaticQueries();
  const server = new ApolloServer({
    persistedQueries: { cache: automatic },
    ...options,
    plugins: [...(options.plugins ?? []), fastifyApolloDrainPlugin(http)],
  });
  await server.start();
  const served = { server: withContext(server, context), operations: { run: () => undefined }, automatic };
  const guards = putInForce(settings, createRateLimiter);
  const admission = createAdmission({
    persisted: { find: () => undefined },
    verifyToken: async () => ANONYMOUS_IDENTITY,
    guards: () => guards,
    logger,
  });
  const door = createGraphqlDoor({
    http,
    // Each operation goes the whole way, and none of it is a client's released one, or streamed.
    servers: { find: () => served },
    admission,
    streams: { refuse: () => undefined, answer: () => undefined },
    guards: () => guards,
  });
  addLoadShedding(http, () => settings.requests);
  addAccessLog(http, { log: createAccessLog(logger), factsOf: () => undefined, beganOf: () => undefined });
  await addCors(http, { origins: () => [], production: true });
  // The suite asks at the root.
  door.mount('/', ['GET', 'POST']);
  const port = await listen(http, 'router', '127.0.0.1', 0);
  return { server, url: `http://127.0.0.1:${port}`, extraCleanup: () => http.close() };
});
