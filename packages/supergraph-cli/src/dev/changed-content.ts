import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Tells a save from an event: editors and file systems report one save several times, and saves that change nothing. */
export const createChangedContent = (): ((file: string) => boolean) => {
  const seen = new Map<string, string>();
  return (file) => {
    let content: string;
    try {
      content = createHash('sha256').update(readFileSync(file)).digest('hex');
    } catch {
      content = 'gone';
    }
    if (seen.get(file) === content) return false;
    seen.set(file, content);
    return true;
  };
};
