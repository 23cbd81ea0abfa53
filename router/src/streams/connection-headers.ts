import type { IncomingHttpHeaders } from 'node:http';

/** What a client may say of itself when its WebSocket is open: browsers let no page set headers of an upgrade. */
const SENT_LATER = [
  'authorization',
  'apollographql-client-name',
  'apollographql-client-version',
  'graphql-client-name',
  'graphql-client-version',
  'traceparent',
  'tracestate',
];

/** Of the upgrade alone, or of one request: each operation has its own. */
const NOT_OF_OPERATIONS = ['x-request-id', 'x-deadline-ms', 'x-graphql-event-stream-token'];

/** The headers of a WebSocket's operations: those of its upgrade, and what `connection_init` says instead; names in any case. */
export const connectionHeaders = (upgrade: IncomingHttpHeaders, payload: Readonly<Record<string, unknown>>): IncomingHttpHeaders => {
  const headers = { ...upgrade };
  for (const name of NOT_OF_OPERATIONS) delete headers[name];
  for (const [name, value] of Object.entries(payload)) {
    const header = name.toLowerCase();
    if (typeof value === 'string' && SENT_LATER.includes(header)) headers[header] = value;
  }
  return headers;
};
