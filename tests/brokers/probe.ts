import { createConnection } from 'node:net';

const PROBE_DEADLINE_MS = 2_000;

/** Sends `question` over TCP and tells whether what comes back is what a serving broker says. */
export const probe = (port: number, question: Buffer | string, isAnswer: (received: Buffer) => boolean): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    let received = Buffer.alloc(0);
    const finish = (isServing: boolean): void => {
      socket.destroy();
      resolve(isServing);
    };
    socket.setTimeout(PROBE_DEADLINE_MS, () => finish(false));
    socket.once('connect', () => socket.write(question));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, Buffer.from(chunk)]);
      if (isAnswer(received)) finish(true);
    });
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
