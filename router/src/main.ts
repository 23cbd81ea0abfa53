import { runProcess } from '@supergraph/service/process';
import { HELP, readCommandLine } from './command-line.ts';
import { readConfig } from './config.ts';
import './v8-flags.ts';

await runProcess('router', async () => {
  const { help, settings } = readCommandLine(process.argv.slice(2));
  if (help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const config = readConfig({ ...process.env, ...settings });
  const { createApp } = await import('./app.ts');
  const app = await createApp(config);
  await app.listen(config.host, config.port);
  return app;
});
