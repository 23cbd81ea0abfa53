import type { StreamedResult } from './operation-stream.ts';
import type { ResultSink } from './result-sink.ts';
import type { StreamBody } from './stream-body.ts';

const SUBSCRIPTION_BOUNDARY = 'graphql';
const INCREMENTAL_BOUNDARY = '-';

export const SUBSCRIPTION_TYPE = `multipart/mixed; boundary="${SUBSCRIPTION_BOUNDARY}"; subscriptionSpec=1.0`;
export const INCREMENTAL_TYPE = `multipart/mixed; boundary="${INCREMENTAL_BOUNDARY}"; deferSpec=20220824`;

/** A reader knows that a part is whole by the boundary after it, so that is sent along. */
const partText = (boundary: string, body: unknown): string =>
  `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${JSON.stringify(body)}\r\n--${boundary}`;

const START_OF_SUBSCRIPTION = `\r\n--${SUBSCRIPTION_BOUNDARY}`;
const END = '--\r\n';

export const SUBSCRIPTION_HEARTBEAT = partText(SUBSCRIPTION_BOUNDARY, {});

/** What a subscription's answer begins with; the first heartbeat makes clients see that they are connected. */
export const SUBSCRIPTION_HEAD = START_OF_SUBSCRIPTION + SUBSCRIPTION_HEARTBEAT;

/** https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol */
export const createSubscriptionParts = (body: StreamBody): ResultSink => ({
  next: (result) => body.write(partText(SUBSCRIPTION_BOUNDARY, { payload: result })),
  error: (errors) => body.end(partText(SUBSCRIPTION_BOUNDARY, { payload: null, errors }) + END),
  complete: () => body.end(END),
});

/** https://github.com/graphql/graphql-over-http/blob/main/rfcs/IncrementalDelivery.md, in the payloads of 2022-08-24. */
export const createIncrementalParts = (body: StreamBody): ResultSink => {
  let sent = 0;
  let hasNext = true;
  const part = (result: Partial<StreamedResult> | { incremental: readonly unknown[]; hasNext?: never }): string => {
    const start = sent === 0 ? `\r\n--${INCREMENTAL_BOUNDARY}` : '';
    sent += 1;
    hasNext = result.hasNext === true;
    return start + partText(INCREMENTAL_BOUNDARY, { ...result, hasNext });
  };
  return {
    next: (result) => body.write(part(result)),
    // What was told before stays: later errors belong to what has not come.
    error: (errors) => body.end(part(sent === 0 ? { errors } : { incremental: [{ path: [], errors }] }) + END),
    complete: () => body.end((hasNext ? part({}) : '') + END),
  };
};
