import type { Envelope } from '@supergraph/events/envelope';
import type { DueDelivery } from '../use-cases/ports.ts';

/** What an endpoint's selection gave; `errors` stand beside partial data. */
export interface QueryResult {
  data: unknown;
  errors?: readonly unknown[] | undefined;
}

/** Runs the selection of the delivery's endpoint with the rights of its owner. */
export type RunQuery = (query: string, delivery: DueDelivery) => Promise<QueryResult>;

/** The body of a delivery. Never rejects for a query: the plain event goes out then, and says so. */
export type Render = (delivery: DueDelivery) => Promise<string>;

/** With the event itself at most 1.25 MB. */
const MAX_QUERY_RESULT_BYTES = 1_048_576;

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure */
const toBody = ({ type, time, data }: Envelope, more: object = {}): string => JSON.stringify({ type, timestamp: time, data, ...more });

const describe = (error: unknown): string => (error instanceof Error ? error.message : 'The query could not be run.');

/** @param runQuery left out where there is no router to ask. */
export const createRender =
  (runQuery?: RunQuery): Render =>
  async (delivery) => {
    const { envelope, endpoint } = delivery;
    if (endpoint.query === null) return toBody(envelope);
    if (runQuery === undefined) return toBody(envelope, { queryError: 'Queries cannot be run here.' });
    try {
      const { data, errors } = await runQuery(endpoint.query, delivery);
      const body = toBody(envelope, { query: { data, ...(errors === undefined ? {} : { errors }) } });
      if (Buffer.byteLength(body) <= MAX_QUERY_RESULT_BYTES) return body;
      return toBody(envelope, { queryError: `The result of the query is larger than ${MAX_QUERY_RESULT_BYTES} bytes.` });
    } catch (error) {
      return toBody(envelope, { queryError: describe(error) });
    }
  };
