import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server, and can lose what the server answers. */
export interface LosingProxy {
  /** Host and port to connect to. */
  address: string;
  /** From now on nothing comes back, as when the server dies after it has done its work. */
  loseAnswers(): void;
  /** Breaks every connection; new ones work. */
  recover(): void;
  close(): void;
}

/** @param target host and port of the server. */
export const startLosingProxy = async (target: string): Promise<LosingProxy> => {
  const [host, port] = target.split(':') as [string, string];
  const sockets = new Set<Socket>();
  let isLosing = false;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  };
  const server = createServer((client) => {
    const upstream = keep(connect(Number(port), host));
    keep(client).pipe(upstream);
    upstream.on('data', (data) => {
      if (!isLosing) client.write(data);
    });
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswers: () => {
      isLosing = true;
    },
    recover: () => {
      isLosing = false;
      breakAll();
    },
    close: () => {
      server.close();
      breakAll();
    },
  };
};
