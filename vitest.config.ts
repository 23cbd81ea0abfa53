import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

export default defineConfig({
  // Apollo's packages require graphql's CommonJS build; a second, ESM copy would be another realm.
  resolve: { alias: [{ find: /^graphql$/, replacement: require.resolve('graphql') }] },
  test: {
    include: [
      '{packages,subgraphs,bffs,apps}/*/src/**/*.test.{ts,tsx}',
      '{router,rest,webhooks,payment-sandbox}/src/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    globalSetup: ['tests/postgres.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 60_000,
    env: { APOLLO_TELEMETRY_DISABLED: '1' },
  },
});
