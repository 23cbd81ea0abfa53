import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Arrivals, now, type ReceiverCommand, SLOW_MS, SLOW_PATH } from './webhooks-plan.ts';

// The receiver of `npm run bench:webhooks`: answers 204 at once, but at one path after 15 s.
const arrivals = new Map<string, number>();
const hanging = new Set<ServerResponse>();

const hang = (response: ServerResponse): void => {
  hanging.add(response);
  const timer = setTimeout(() => response.writeHead(204).end(), SLOW_MS);
  response.on('close', () => {
    clearTimeout(timer);
    hanging.delete(response);
  });
};

const server = createServer((request, response) => {
  const at = now();
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.url === SLOW_PATH) return hang(response);
    response.writeHead(204).end();
    const { data } = JSON.parse(Buffer.concat(chunks).toString()) as { data: { number: string } };
    const key = `${data.number} ${request.url}`;
    if (!arrivals.has(key)) arrivals.set(key, at);
  });
});

const answer: Record<ReceiverCommand, () => unknown> = {
  report: () => {
    const report: Arrivals = [...arrivals];
    arrivals.clear();
    return report;
  },
  release: () => {
    for (const response of hanging) response.destroy();
    return true;
  },
};

process.on('message', (command: ReceiverCommand) => process.send?.(answer[command]()));
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
