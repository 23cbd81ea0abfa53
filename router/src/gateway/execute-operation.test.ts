import { expect, it } from 'vitest';
import type { RequestContext } from '../request-context.ts';
import { untilDeadline } from './execute-operation.ts';

it('does not wait for what its client went away from before', async () => {
  const context = { signal: AbortSignal.abort(), deadline: performance.now() + 60_000 } as RequestContext;
  await expect(untilDeadline(context, new Promise(() => undefined))).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
}, 2_000);
