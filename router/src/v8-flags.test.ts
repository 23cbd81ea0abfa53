import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { V8_FLAGS } from './v8-flags.ts';

const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });

it.each(V8_FLAGS)('%s is a flag of this Node: V8 promises none of them, and setting one that is gone does nothing', (flag) => {
  const [name = 'none'] = flag.replace('--no-', '--').split('=');
  expect(known).toContain(`${name} (`);
});
