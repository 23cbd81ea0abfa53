import { setFlagsFromString } from 'node:v8';

/** Exported for the test that asks Node whether it still has it. */
export const MEMORY_REDUCER_OFF = '--memory-reducer-gc-count=0';

// Decision 0018: a router that is idle for a while would forget its compiled code.
setFlagsFromString(MEMORY_REDUCER_OFF);
