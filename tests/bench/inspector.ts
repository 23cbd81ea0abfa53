import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

const DEADLINE_MS = 60_000;
const ANSWERS_AFTER_MS = 200;

/** Asks a process that was started with `--inspect-port` to be inspected, and connects. */
export interface Inspector {
  /** Collects all garbage, twice. @returns bytes of the heap in use. */
  collectGarbage(): Promise<number>;
  close(): void;
}

interface Reply {
  id: number;
  result: { usedSize?: number };
}

export const inspect = async (pid: number, port: number): Promise<Inspector> => {
  process.kill(pid, 'SIGUSR1');
  await sleep(ANSWERS_AFTER_MS);
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let last = 0;
  const ask = (method: string): Promise<Reply['result']> =>
    new Promise((resolve, reject) => {
      const id = ++last;
      const timer = setTimeout(() => reject(new Error(`no answer to ${method}`)), DEADLINE_MS);
      const receive = (data: Buffer): void => {
        const reply = JSON.parse(data.toString()) as Reply;
        if (reply.id !== id) return;
        clearTimeout(timer);
        socket.off('message', receive);
        resolve(reply.result);
      };
      socket.on('message', receive);
      socket.send(JSON.stringify({ id, method }));
    });
  return {
    collectGarbage: async () => {
      for (let time = 0; time < 2; time++) {
        await ask('HeapProfiler.collectGarbage');
        await sleep(ANSWERS_AFTER_MS);
      }
      return (await ask('Runtime.getHeapUsage')).usedSize ?? 0;
    },
    close: () => socket.close(),
  };
};
