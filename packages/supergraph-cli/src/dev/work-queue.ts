import { isAbsolute } from 'node:path';

/** What saved files ask for. */
export interface Work {
  /** The rooms whose schema changed; an empty name composes without one. */
  compose: Set<string>;
  restart: Set<string>;
  /** The topology changed. */
  follow: boolean;
}

export interface WorkQueue {
  /** Notes what a saved file, or anything else by a name that is no absolute path, asks for; carried out when saving pauses. */
  later(source: string, change: Change): void;
  /** Drops what waits, and resolves when what was begun is done. */
  close(): Promise<void>;
}

export interface WorkQueueOptions {
  /** False for an event without a change. */
  isChanged(source: string): boolean;
  /** Reads the topology anew. */
  load(): void;
  /** @param askedAt when it was asked for last, by `performance.now()`. @returns false when the schemas do not compose. */
  recompose(askedAt: number): boolean;
  codegen(): void;
  restart(name: string): Promise<void>;
  /** Starts and stops rooms as the topology has it; its schemas compose. */
  follow(): Promise<void>;
  tellFailure(name: string, error: unknown): void;
}

const SETTLE_MS = 80;
/** Whoever never pauses is served all the same. */
const LONGEST_WAIT_MS = 1_000;
/** `supergraph new` writes the topology first, and composes then. */
const SETTLE_TOPOLOGY_MS = 1_000;

type Change = (work: Work) => void;

const collect = (changes: ReadonlyMap<string, Change>, isChanged: WorkQueueOptions['isChanged']): Work => {
  const work: Work = { compose: new Set(), restart: new Set(), follow: false };
  for (const [source, change] of changes) if (!isAbsolute(source) || isChanged(source)) change(work);
  return work;
};

/** Collects what saves ask for and carries it out one after the other: however many there are, the last one wins. */
export const createWorkQueue = (options: WorkQueueOptions): WorkQueue => {
  let pending = new Map<string, Change>();
  /** Rooms whose schema does not compose: they serve on with the last good one. */
  const held = new Set<string>();
  /** The topology changed, and has not composed since. */
  let mustFollow = false;
  let firstAt = 0;
  let lastAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();
  let closed = false;

  const guarded = async (name: string, action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      if (!closed) options.tellFailure(name, error);
    }
  };
  const letGo = async ({ restart }: Work): Promise<void> => {
    for (const name of held) restart.add(name);
    held.clear();
    options.codegen();
    if (mustFollow) await guarded('compose', options.follow);
    mustFollow = false;
  };
  const holdBack = ({ compose, restart }: Work): void => {
    for (const name of compose) if (restart.delete(name)) held.add(name);
  };
  const compose = async (work: Work): Promise<void> => {
    let isGood = false;
    await guarded('compose', async () => {
      isGood = options.recompose(lastAt);
    });
    await (isGood ? letGo(work) : holdBack(work));
  };
  const carryOut = async (): Promise<void> => {
    if (closed) return;
    const work = collect(pending, options.isChanged);
    pending = new Map();
    if (work.follow) await guarded('compose', async () => options.load());
    mustFollow ||= work.follow;
    if (work.follow || work.compose.size > 0) await compose(work);
    await Promise.all([...work.restart].map((name) => guarded(name, () => options.restart(name))));
  };
  return {
    later: (source, change) => {
      if (closed) return;
      if (pending.size === 0) firstAt = Date.now();
      pending.set(source, change);
      lastAt = performance.now();
      const settle = source.endsWith('.yaml') ? SETTLE_TOPOLOGY_MS : SETTLE_MS;
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          working = working.then(carryOut);
        },
        Math.max(0, Math.min(settle, firstAt + Math.max(settle, LONGEST_WAIT_MS) - Date.now())),
      );
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await working;
    },
  };
};
