import { appendFileSync, writeFileSync } from 'node:fs';
import { messageOf } from '@supergraph/service/process';
import { StartupError } from '@supergraph/service/startup-error';
import type { Reject, Rejection } from './rejection.ts';

const BUFFERED_LENGTH = 65_536;

const quoted = (value: string | number): string => (/[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));

const toLine = ({ file, line, column, got, expected }: Rejection): string => `${[file, line, column ?? '', got, expected].map(quoted).join(',')}\n`;

const writing = (path: string, write: () => void): void => {
  try {
    write();
  } catch (cause) {
    throw new StartupError(
      `the rejects file ${path} cannot be written: ${messageOf(cause)}`,
      'name a file in a folder that this user may write to',
      cause,
    );
  }
};

/**
 * Makes the rejects file, a CSV file, or empties it. When several rooms write to one file, it is made before they start.
 * @throws StartupError when it cannot be written.
 */
export const createRejectsFile = (path: string): void => writing(path, () => writeFileSync(path, 'file,line,column,got,expected\n'));

/** Writes to a rejects file that is there already; several processes may do so at a time, whole lines each. */
export const openRejectsFile = (path: string): { reject: Reject; flush(): void } => {
  let text = '';
  const flush = (): void => {
    const buffered = text;
    text = '';
    if (buffered !== '') writing(path, () => appendFileSync(path, buffered));
  };
  return {
    reject: (rejection) => {
      text += toLine(rejection);
      if (text.length > BUFFERED_LENGTH) flush();
    },
    flush,
  };
};
