import { connectRateLimits } from './rate-limiter-connection.ts';
import { createRateLimiter } from './rate-limiter-factory.ts';

// One replica of the test: `node rate-limiter-child.ts '{"url": …, "name": …, "points": …, "perSeconds": …, "requests": …, "withinMs": …}'`.
// Says `connected`, waits for a line on its input, spreads its requests over the time, and prints how many were accepted.
const { url, requests, withinMs, ...policy } = JSON.parse(process.argv[2] ?? '{}');
const connection = await connectRateLimits({ url });
const limiter = createRateLimiter({ ...policy, connection });
process.stdout.write(connection.isShared() ? 'connected\n' : 'alone\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const started = performance.now();
const answers = await Promise.all(
  Array.from({ length: requests }, async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, (index * withinMs) / requests));
    return limiter.consume('customer');
  }),
);
process.stdout.write(`${JSON.stringify({ accepted: answers.filter(({ allowed }) => allowed).length, tookMs: performance.now() - started })}\n`);
connection.close();
process.exit(0);
