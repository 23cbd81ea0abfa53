import { setFlagsFromString } from 'node:v8';

/** Exported for the test that asks Node whether it still has them. */
export const V8_FLAGS: readonly string[] = [
  // Decision 0018: a router that is idle for a while would forget its compiled code.
  '--memory-reducer-gc-count=0',
  // Decision 0019: what one request allocates would be taken for what lives long.
  '--no-allocation-site-pretenuring',
  // Decision 0019: the new space shrinks in idle moments, and would grow again in small steps.
  '--semi-space-growth-factor=16',
];

for (const flag of V8_FLAGS) setFlagsFromString(flag);
