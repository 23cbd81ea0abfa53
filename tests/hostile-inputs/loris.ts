import { createConnection } from 'node:net';

/** How a slow client fared. */
export interface Cut {
  afterMs: number;
  answer: string;
}

const HEADERS = 'POST /graphql HTTP/1.1\r\nHost: router\r\nContent-Type: application/json\r\n';
const DRIP_EVERY_MS = 1_000;

const slow = (port: number, start: string, drip: string): Promise<Cut> =>
  new Promise((resolve) => {
    const began = performance.now();
    let answer = '';
    const socket = createConnection({ host: '127.0.0.1', port });
    const dripping = setInterval(() => socket.write(drip), DRIP_EVERY_MS);
    socket.on('data', (chunk) => (answer += chunk)).on('error', () => undefined);
    socket
      .once('end', () => socket.destroy())
      .once('close', () => {
        clearInterval(dripping);
        resolve({ afterMs: performance.now() - began, answer });
      });
    socket.write(start);
  });

/** A client whose headers never end. */
export const slowHeaders = (port: number): Promise<Cut> => slow(port, HEADERS, 'X-Drip: 1\r\n');

/** A client whose body comes a byte a second. */
export const slowBody = (port: number): Promise<Cut> => slow(port, `${HEADERS}Content-Length: 100000\r\n\r\n`, ' ');
