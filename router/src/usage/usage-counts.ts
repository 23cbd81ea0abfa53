/** One line of a usage file, as docs/check.md has it, with when it was sent last. */
export interface UsageLine {
  /** `sha256:` and that of the manifest's document, or of `operation`. */
  hash: string;
  /** Not of one that is too long to be kept. */
  operation?: string | undefined;
  name?: string | undefined;
  client?: string | undefined;
  version?: string | undefined;
  contract?: string | undefined;
  count: number;
  /** A day, in UTC. */
  last: string;
}

/** How often each operation was sent by each client since they were taken last. */
export interface UsageCounts {
  add(line: UsageLine): void;
  /** All of them; from now on it counts from nothing. */
  take(): UsageLine[];
}

const MAX_BYTES = 16 * 1_048_576;
const LINE_BYTES = 800;

const bytesOf = ({ operation = '' }: UsageLine): number => 2 * operation.length + LINE_BYTES;

export const keyOf = ({ hash, name = '', client = '', version = '', contract = '' }: UsageLine): string =>
  [hash, name, client, version, contract].join('\n');

/**
 * Never more than `most()` lines, nor about 16 MB: first what was sent once goes, the oldest first, so that nobody who sends many
 * different operations drives out those that are sent every day.
 */
export const createUsageCounts = (most: () => number): UsageCounts => {
  let once = new Map<string, UsageLine>();
  let often = new Map<string, UsageLine>();
  let bytes = 0;
  const makeRoom = (): void => {
    for (const lines of [once, often])
      for (const [key, line] of lines) {
        if (once.size + often.size <= most() && bytes <= MAX_BYTES) return;
        lines.delete(key);
        bytes -= bytesOf(line);
      }
  };
  return {
    add: (line) => {
      const key = keyOf(line);
      const known = once.get(key) ?? often.get(key);
      // A Map iterates in the order of insertion: what was used last goes to the end.
      once.delete(key);
      often.delete(key);
      const counted = known === undefined ? line : { ...known, count: known.count + line.count, last: line.last };
      (counted.count > 1 ? often : once).set(key, counted);
      if (known === undefined) bytes += bytesOf(line);
      makeRoom();
    },
    take: () => {
      const taken = [...once.values(), ...often.values()];
      once = new Map();
      often = new Map();
      bytes = 0;
      return taken;
    },
  };
};
