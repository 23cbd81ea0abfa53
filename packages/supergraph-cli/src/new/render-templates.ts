import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const TEMPLATES = fileURLToPath(new URL('templates/', import.meta.url));
const SUFFIX = '.tmpl';

const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{\{([\w ]+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`a template asks for '${name}', which nobody gives`);
    return value;
  });

/**
 * Fills the templates of a folder; `{{name}}` stands for a value, in paths too. A line that a value leaves empty is dropped.
 * @returns text by path, relative to the folder.
 */
export const renderTemplates = (folder: string, values: Readonly<Record<string, string>>): Map<string, string> => {
  const root = join(TEMPLATES, folder);
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith(SUFFIX));
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const lines = readFileSync(file, 'utf8').split('\n');
      const text = lines.flatMap((line) => {
        const filled = fill(line, values);
        return filled.trim() === '' && line.trim() !== '' ? [] : [filled];
      });
      return [fill(relative(root, file).slice(0, -SUFFIX.length), values).replaceAll('\\', '/'), text.join('\n')];
    }),
  );
};
