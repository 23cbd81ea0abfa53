import { runProcess } from '@supergraph/service/process';
import { runCommand } from './run-command.ts';

/** Exits when standard output has taken everything: a pipe may be slower than we are. */
const finish = (code: number): Promise<never> =>
  new Promise(() => {
    process.stdout.write('', () => process.exit(code));
  });

await runProcess('supergraph', async () => {
  const outcome = await runCommand(process.argv.slice(2), {
    cwd: process.cwd(),
    env: process.env,
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
  });
  return typeof outcome === 'number' ? finish(outcome) : outcome;
});
