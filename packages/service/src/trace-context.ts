import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<string | undefined>();
// https://www.w3.org/TR/trace-context/#traceparent-header
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Runs `work`, and everything it awaits, as part of the trace that a caller sent along; anything that is no trace context is ignored. */
export const withTraceparent = <Result>(traceparent: string | undefined, work: () => Result): Result =>
  storage.run(traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined, work);

/** The trace context of the request or message that is being handled, in W3C form. */
export const currentTraceparent = (): string | undefined => storage.getStore();
