// A thread of its own: what the attacking thread does must not count as the router's latency.
import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const EVERY_MS = 20;
const BODY = '{"query":"{ __typename }"}';
const HEADERS = { 'content-type': 'application/json', 'content-length': BODY.length };

export interface ProbeReport {
  probes: number;
  failed: number;
  worstMs: number;
  /** When the slowest one was sent, in ms since the epoch. */
  worstAt: number;
}

const { port } = workerData as { port: number };
const agent = new Agent({ keepAlive: true, maxSockets: 50 });
const report: ProbeReport = { probes: 0, failed: 0, worstMs: 0, worstAt: 0 };

const probe = (): Promise<void> =>
  new Promise((resolve) => {
    const began = performance.now();
    const finish = (fine: boolean): void => {
      report.probes += 1;
      if (!fine) report.failed += 1;
      const elapsedMs = performance.now() - began;
      if (elapsedMs > report.worstMs) Object.assign(report, { worstMs: elapsedMs, worstAt: Date.now() - elapsedMs });
      resolve();
    };
    request({ host: '127.0.0.1', port, path: '/graphql', method: 'POST', headers: HEADERS, agent }, (response) => {
      response.resume().once('end', () => finish(response.statusCode === 200));
    })
      .once('error', () => finish(false))
      .end(BODY);
  });

const running = new Set<Promise<void>>();
const timer = setInterval(() => {
  const one = probe().finally(() => running.delete(one));
  running.add(one);
}, EVERY_MS);

parentPort?.once('message', async () => {
  clearInterval(timer);
  await Promise.all(running);
  agent.destroy();
  parentPort?.postMessage(report);
});
