import { randomUUID } from 'node:crypto';
import { createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import { startMessaging } from '@supergraph/message-bus/messaging';
import { createLogger } from '@supergraph/service/logging';
import { createSubgraphServer, type SubgraphApp } from '@supergraph/service/subgraph-server';
import type { UserConfig } from './config.ts';
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
import { readUsers } from './use-cases/read-users.ts';
import { refreshSession } from './use-cases/refresh-session.ts';
import { signIn } from './use-cases/sign-in.ts';
import { signOut } from './use-cases/sign-out.ts';
import { signUp } from './use-cases/sign-up.ts';
import { updateProfile } from './use-cases/update-profile.ts';

/** Wires adapters to use cases; the only file that knows both. */
export const createApp = async (config: UserConfig): Promise<SubgraphApp> => {
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
  const transact = createTransactAccounts(database);
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
  const app = await createSubgraphServer<Context>({
    name: 'user',
    schemaFile: new URL('../schema.graphql', import.meta.url),
    resolvers,
    context: createContext({
      read: readUsers({ users }),
      signUp: signUp({ transact, passwords, accessTokens, refreshTokens, now, newId }),
      signIn: signIn({ users, transact, passwords, accessTokens, refreshTokens, now, newId, developmentAccounts }),
      refreshSession: refreshSession({ transact, refreshTokens, accessTokens, now, developmentAccounts }),
      signOut: signOut({ transact, refreshTokens }),
      updateProfile: updateProfile({ transact, now, newId }),
    }),
    internalKey: config.internalKey,
    logger,
    readiness: database.readiness,
    release: () => messaging.close().finally(database.close),
  });
  app.http.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=600');
    return keys.published();
  });
  await addDelegationRoute(app.http, { key: config.internalKey, delegate: delegate({ users, delegatedTokens, developmentAccounts }), logger });
  return app;
};
