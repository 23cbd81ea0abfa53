import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { StartupError } from '@supergraph/service/startup-error';

/** Something that is about to listen. */
export interface PortUser {
  name: string;
  port: number;
}

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });

const LISTENING = '0A';

/** `node (pid 4711)`: who listens on a port. Linux tells through /proc; elsewhere the holder stays unnamed. */
const holderOf = (port: number): string | undefined => {
  try {
    const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
    const sockets = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').trim().split('\n').slice(1));
    const columns = sockets
      .map((line) => line.trim().split(/\s+/))
      .find(([, local, , state]) => local?.endsWith(`:${hexPort}`) && state === LISTENING);
    const link = `socket:[${columns?.[9]}]`;
    const pid = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && holds(entry, link));
    return pid === undefined ? undefined : `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`;
  } catch {
    return undefined;
  }
};

const holds = (pid: string, link: string): boolean => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((descriptor) => readlinkSync(`/proc/${pid}/fd/${descriptor}`) === link);
  } catch {
    return false;
  }
};

/** Those whose port somebody else listens on, and who that is, as far as the system tells. */
export const takenPorts = async (host: string, users: readonly PortUser[]): Promise<(PortUser & { holder: string | undefined })[]> => {
  const free = await Promise.all(users.map(({ port }) => isFree(host, port)));
  return users.filter((_, index) => !free[index]).map((user) => ({ ...user, holder: holderOf(user.port) }));
};

/**
 * Checks every port before anything starts, so that nothing is half up.
 * @throws StartupError naming every taken port, who wants it and who holds it.
 */
export const checkPorts = async (host: string, users: readonly PortUser[]): Promise<void> => {
  const taken = await takenPorts(host, users);
  if (taken.length === 0) return;
  const list = taken.map(({ name, port, holder }) => `${port} (for ${name}) is held by ${holder ?? 'another process'}`).join(', ');
  throw new StartupError(`port ${list}`, 'stop that process, or move every port: PORT_OFFSET=100 npm start');
};
