import { runProcess } from '@supergraph/service/process';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

await runProcess('mobile', async () => {
  const config = readConfig(process.env);
  const app = await createApp(config);
  await app.listen(config.host, config.port);
  return app;
});
