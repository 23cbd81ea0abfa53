import { randomUUID } from 'node:crypto';
import { createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import { createGrpcServer } from '@supergraph/grpc/grpc-server';
import { type GrpcSubgraphApp, withGrpc } from '@supergraph/grpc/with-grpc';
import { startMessaging } from '@supergraph/message-bus/messaging';
import { createLogger } from '@supergraph/service/logging';
import { createSubgraphServer } from '@supergraph/service/subgraph-server';
import type { UserConfig } from './config.ts';
import { userHandlers } from './grpc/user-handlers.ts';
import { addDelegationRoute } from './http/delegation-route.ts';
import { createAccessTokenIssuer, createDelegatedTokenIssuer } from './repositories/access-token-issuer.jose.ts';
import { createPasswordHasher } from './repositories/password-hash.scrypt.ts';
import { createRefreshTokens } from './repositories/refresh-tokens.crypto.ts';
import { createSigningKeyCipher } from './repositories/signing-key-cipher.jose.ts';
import { openSigningKeys } from './repositories/signing-keys.postgres.ts';
import { createTransactAccounts } from './repositories/transact-accounts.postgres.ts';
import { createUserReader } from './repositories/user-repository.postgres.ts';
import { type Context, createContext } from './resolvers/context.ts';
import { resolvers } from './resolvers/resolvers.ts';
import { delegate } from './use-cases/delegate.ts';
import { createUseCases } from './use-cases/use-cases.ts';

/** Wires adapters to use cases; the only file that knows both. */
export const createApp = async (config: UserConfig): Promise<GrpcSubgraphApp> => {
  const { tokens, developmentAccounts } = config;
  const logger = createLogger('user', config.logLevel);
  const database = createDatabase({ url: config.databaseUrl, applicationName: 'user' });
  await migrate(database, new URL('../migrations/', import.meta.url));
  const now = (): Date => new Date();
  const newId = randomUUID;
  const keys = await openSigningKeys({
    database,
    cipher: createSigningKeyCipher(config.keySecret),
    rotationDays: config.keyRotationDays,
    now,
    onReadFailure: (err) => logger.error({ err }, 'the signing keys cannot be read again'),
  });
  const users = createUserReader(database);
  const transact = createTransactAccounts(database, config.keySecret);
  const passwords = createPasswordHasher();
  const refreshTokens = createRefreshTokens();
  const accessTokens = createAccessTokenIssuer({ ...tokens, keys, now, newId });
  const delegatedTokens = createDelegatedTokenIssuer({ ...tokens, keys, now, newId });
  const messaging = startMessaging({
    databaseUrl: config.databaseUrl,
    bus: { url: config.busUrl, subscriptions: SUBSCRIPTIONS },
    room: 'user',
    logger,
  });
  const useCases = createUseCases({ users, transact, passwords, accessTokens, refreshTokens, now, newId, developmentAccounts });
  const serving = { name: 'user', internalKey: config.internalKey, logger, readiness: database.readiness };
  const grpc = await createGrpcServer({
    ...serving,
    protoFile: new URL('../proto/user.proto', import.meta.url),
    service: 'supergraph.user.v1.Users',
    handlers: userHandlers(useCases),
    reflection: config.grpcReflection,
  });
  const app = await createSubgraphServer<Context>({
    ...serving,
    schemaFile: new URL('../schema.graphql', import.meta.url),
    resolvers,
    context: createContext(useCases),
    release: () => messaging.close().finally(database.close),
  });
  app.http.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=600');
    return keys.published();
  });
  await addDelegationRoute(app.http, { key: config.internalKey, delegate: delegate({ users, delegatedTokens, developmentAccounts }), logger });
  return withGrpc(app, grpc, config.grpcPort);
};
