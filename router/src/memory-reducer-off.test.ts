import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { MEMORY_REDUCER_OFF } from './memory-reducer-off.ts';

it('is a flag of this Node: V8 promises none of them, and setting one that is gone does nothing', () => {
  const [name = 'none'] = MEMORY_REDUCER_OFF.split('=');
  expect(execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })).toContain(`${name} (`);
});
