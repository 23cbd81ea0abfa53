import { styleText } from 'node:util';

const COLOURS = ['cyan', 'magenta', 'yellow', 'green', 'blue', 'red'] as const;
const LEVEL_MARKS: Readonly<Record<string, string>> = { warn: '! ', error: '✗ ', fatal: '✗ ' };
const HIDDEN_FIELDS = new Set(['level', 'time', 'service', 'msg', 'err', 'pid', 'hostname']);

/** One line for one event: of our own or of a process we started. */
export interface EventLog {
  /** `text` is a line as the process wrote it: JSON of its logger, or anything else. */
  line(source: string, text: string): void;
}

const readable = (text: string): string => {
  if (!text.startsWith('{')) return text;
  try {
    const { level, msg, err, ...rest } = JSON.parse(text) as { level?: string; msg?: string; err?: { message?: string } } & Record<string, unknown>;
    const fields = Object.entries(rest)
      .filter(([name]) => !HIDDEN_FIELDS.has(name))
      .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    return `${LEVEL_MARKS[level ?? ''] ?? ''}${msg ?? ''}${fields.join('')}${err?.message === undefined ? '' : ` (${err.message})`}`;
  } catch {
    return text;
  }
};

/** Prefixes every line with its source, each source in a colour of its own; plain when the output is not a terminal or NO_COLOR is set. */
export const createEventLog = (sources: readonly string[], write: (line: string) => void): EventLog => {
  const width = Math.max(...sources.map(({ length }) => length));
  return {
    line: (source, text) => {
      const colour = COLOURS[Math.max(0, sources.indexOf(source)) % COLOURS.length] ?? 'cyan';
      const clock = new Date().toISOString().slice(11, 19);
      write(`${styleText('dim', clock)} ${styleText(colour, source.padEnd(width))} ${styleText('dim', '│')} ${readable(text)}\n`);
    },
  };
};
