export interface TextCache<Value> {
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}

/** A Map entry, its string's header and a verdict. */
const ENTRY_BYTES = 300;

/** Remembers something about texts, those used last; `maxBytes` is about what it may hold. A text of more than a sixteenth of that is not kept. */
export const createTextCache = <Value>(maxBytes: number): TextCache<Value> => {
  const entries = new Map<string, Value>();
  let bytes = 0;
  /** The one used last, which needs no new place. */
  let newest: string | undefined;
  const sizeOf = (text: string): number => 2 * text.length + ENTRY_BYTES;
  const remove = (text: string): void => {
    if (entries.delete(text)) bytes -= sizeOf(text);
  };
  return {
    get: (text) => {
      const value = entries.get(text);
      if (value === undefined) return undefined;
      if (text === newest) return value;
      // A Map iterates in the order of insertion: what was used last goes to the end.
      entries.delete(text);
      entries.set(text, value);
      newest = text;
      return value;
    },
    set: (text, value) => {
      if (sizeOf(text) > maxBytes / 16) return;
      remove(text);
      entries.set(text, value);
      newest = text;
      bytes += sizeOf(text);
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
    },
  };
};
