import { runProcess } from '@supergraph/service/process';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

await runProcess('payment-sandbox', async () => {
  const config = readConfig(process.env);
  const app = createApp(config);
  await app.listen(config.host, config.port);
  return app;
});
