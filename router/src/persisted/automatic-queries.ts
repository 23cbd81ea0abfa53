/** What Apollo Server keeps automatically persisted queries in: their texts by hash, the least recently used given up. */
export interface AutomaticQueries {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
  delete(key: string): Promise<boolean>;
  /** Without the wait. */
  find(hash: string): string | undefined;
}

const MAX_BYTES = 4 * 1024 * 1024;
const ENTRY_BYTES = 500;
/** As Apollo Server writes it. */
const KEY = /^apq:([0-9a-f]{64})$/;

/** Undefined for what is no key: the door looks for the hash that a client sent, and must find the same. */
const hashIn = (key: string): string | undefined => KEY.exec(key)?.[1];

const sizeOf = (text: string): number => 2 * text.length + ENTRY_BYTES;

export const createAutomaticQueries = (maxBytes = MAX_BYTES): AutomaticQueries => {
  const texts = new Map<string, string>();
  let bytes = 0;
  const remove = (hash: string): boolean => {
    const text = texts.get(hash);
    if (text === undefined) return false;
    bytes -= sizeOf(text);
    return texts.delete(hash);
  };
  const find = (hash: string): string | undefined => {
    const text = texts.get(hash);
    if (text === undefined) return undefined;
    texts.delete(hash);
    texts.set(hash, text);
    return text;
  };
  return {
    find,
    get: async (key) => {
      const hash = hashIn(key);
      return hash === undefined ? undefined : find(hash);
    },
    set: async (key, text) => {
      const hash = hashIn(key);
      if (hash === undefined || sizeOf(text) > maxBytes / 16) return;
      remove(hash);
      texts.set(hash, text);
      bytes += sizeOf(text);
      for (const oldest of texts.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
    },
    delete: async (key) => {
      const hash = hashIn(key);
      return hash !== undefined && remove(hash);
    },
  };
};
