import { existsSync, lstatSync, mkdirSync, readFileSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Changes to a checkout that are made together or not at all. Paths are relative to its root. */
export interface ChangeJournal {
  /** Writes a file and remembers what was there. */
  write(path: string, text: string): void;
  /** Makes a link to a folder of the checkout. */
  link(path: string, target: string): void;
  /** Remembers a file that some other tool is about to write. */
  watch(path: string): void;
  /** Puts everything back, the newest change first. Safe to call in a signal handler: nothing in it waits. */
  rollBack(): void;
  /** Files that were not there before. */
  created(): string[];
}

const contentOf = (file: string): Buffer | undefined => (existsSync(file) ? readFileSync(file) : undefined);

const removeEmptyFolders = (folder: string, root: string): void => {
  for (let current = folder; current.length > root.length; current = dirname(current)) {
    try {
      rmdirSync(current);
    } catch {
      return;
    }
  }
};

export const createChangeJournal = (root: string): ChangeJournal => {
  const before = new Map<string, Buffer | undefined>();
  const links: string[] = [];
  const remember = (path: string): void => {
    if (!before.has(path)) before.set(path, contentOf(join(root, path)));
  };
  return {
    write: (path, text) => {
      remember(path);
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    link: (path, target) => {
      const file = join(root, path);
      if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) return;
      symlinkSync(target, file, process.platform === 'win32' ? 'junction' : 'dir');
      links.push(file);
    },
    watch: remember,
    rollBack: () => {
      for (const file of links.splice(0)) rmSync(file, { force: true });
      for (const [path, content] of [...before].reverse()) {
        const file = join(root, path);
        if (content !== undefined) writeFileSync(file, content);
        else {
          rmSync(file, { force: true });
          removeEmptyFolders(dirname(file), root);
        }
      }
      before.clear();
    },
    created: () => [...before].filter(([, content]) => content === undefined).map(([path]) => path),
  };
};
