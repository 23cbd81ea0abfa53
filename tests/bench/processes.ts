import { readdirSync, readFileSync } from 'node:fs';
import { childrenOf, commandOf } from '../checkout.ts';

// The unit of utime and stime in /proc/PID/stat (proc(5)); 100 on every Linux of today.
const TICKS_PER_SECOND = 100;

/** Bytes of memory that are in use, shared pages counted for each process (VmRSS). */
export const residentBytes = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;

/** CPU time a process has used so far, its ended children included, in milliseconds. */
export const cpuMilliseconds = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * 1_000) / TICKS_PER_SECOND;
};

const descendants = (pid: number): number[] => childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);

const backendsOf = (postmaster: number): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isChildOf(pid, postmaster));

const isChildOf = (pid: number, parent: number): boolean => {
  try {
    return new RegExp(`^PPid:\\s+${parent}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** The same of a process and its children together, for instance a PostgreSQL server and its backends. */
export const treeCpuMilliseconds = (postmaster: number): number =>
  [postmaster, ...backendsOf(postmaster)].reduce((sum, pid) => sum + cpuMilliseconds(pid), 0);

/** The processes of a running `supergraph start`, by room. */
export interface HouseProcesses {
  rooms: ReadonlyMap<string, number>;
  /** By room and for `postgres`: CPU milliseconds used so far. */
  cpu(): Map<string, number>;
}

export const processesOf = (startPid: number): HouseProcesses => {
  const rooms = new Map<string, number>([['start', startPid]]);
  let postmaster: number | undefined;
  for (const pid of descendants(startPid)) {
    const command = commandOf(pid);
    const room = /(?:subgraphs\/)?([a-z-]+)\/src\/main\.ts/.exec(command)?.[1];
    if (room !== undefined) rooms.set(room, pid);
    else if (/bin\/postgres -D/.test(command)) postmaster = pid;
  }
  return {
    rooms,
    cpu: () => {
      const used = new Map([...rooms].map(([room, pid]) => [room, cpuMilliseconds(pid)]));
      if (postmaster !== undefined) used.set('postgres', treeCpuMilliseconds(postmaster));
      return used;
    },
  };
};
