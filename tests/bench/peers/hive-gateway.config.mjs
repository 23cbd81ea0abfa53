import { defineConfig } from '@graphql-hive/gateway';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';

process.on('disconnect', () => process.exit());

// Everything is left at its default but what would be written per request or asked of others while it runs.
export const gatewayConfig = defineConfig({
  logging: 'error',
  pollingInterval: 0,
  // Identical operations that are on their way at once are executed once.
  inboundInflightRequestDeduplication: process.env.HIVE_SHARES_OPERATIONS === 'true',
  ...(process.env.HIVE_RUNTIME === 'rust' ? { unifiedGraphHandler } : {}),
});
