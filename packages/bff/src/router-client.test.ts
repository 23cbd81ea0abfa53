import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createRouterClient } from './router-client.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('streams that nobody reads yet stay open while garbage is collected', async () => {
  const router = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n'));
  await once(router.listen(0, '127.0.0.1'), 'listening');
  try {
    const client = createRouterClient({ url: `http://127.0.0.1:${(router.address() as AddressInfo).port}`, clientName: 'test' });
    const ending = new AbortController();
    const opened = await Promise.all(
      Array.from({ length: 10 }, () => client.subscribe({}, { authorization: undefined, forwardedFor: '127.0.0.1', signal: ending.signal })),
    );
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await sleep(10);
    }
    const readers = opened.map(({ events }) => events?.getReader());
    for (const reader of readers) expect(await reader?.read()).toMatchObject({ done: false });
    ending.abort();
    for (const reader of readers) await expect(reader?.read()).rejects.toThrow('aborted');
  } finally {
    router.closeAllConnections();
    router.close();
  }
});
