import { residentBytes } from '../bench/processes.ts';
import type { ServiceProcess } from './service-process.ts';

/** Resident memory of one process in megabytes, over the phases of a run. */
export interface MemoryWatch {
  /** The highest since the phase before ended. */
  endPhase(): number;
  stop(): void;
}

const SAMPLE_MS = 200;
const MEGABYTE = 1_048_576;

export const watchMemory = (service: ServiceProcess): MemoryWatch => {
  const now = (): number => Math.round(residentBytes(service.pid()) / MEGABYTE);
  let highest = now();
  const timer = setInterval(() => {
    highest = Math.max(highest, now());
  }, SAMPLE_MS);
  return {
    endPhase: () => {
      const ended = Math.max(highest, now());
      highest = now();
      return ended;
    },
    stop: () => clearInterval(timer),
  };
};
