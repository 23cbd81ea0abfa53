import type { z } from 'zod';
import type { Envelope } from './envelope.ts';

/** One kind of event or command: its type, who publishes it, and the shape of its data. */
export interface Contract<Data extends z.ZodType = z.ZodType> {
  type: string;
  /** `event`: something that happened. `command`: something that is asked for. */
  kind: 'event' | 'command';
  /** The room that publishes it. */
  source: string;
  /** Between rooms only: subscribers outside are never offered it. */
  internal?: true;
  /** For AsyncAPI and people. */
  description: string;
  data: Data;
}

/** The data an event of this contract carries. */
export type DataOf<C extends Contract> = z.infer<C['data']>;

/** What differs from one event to the next. */
export interface Occurrence<Data> {
  id: string;
  subject: string;
  time: Date;
  data: Data;
  traceparent?: string | undefined;
}

/** Wraps data into an envelope. `data` is checked by the compiler here, and by the schema where it is read. */
export const toEnvelope = <C extends Contract>({ type, source }: C, { id, subject, time, data, traceparent }: Occurrence<DataOf<C>>): Envelope => ({
  specversion: '1.0',
  id,
  source,
  type,
  subject,
  time: time.toISOString(),
  datacontenttype: 'application/json',
  ...(traceparent === undefined ? {} : { traceparent }),
  data: data as Envelope['data'],
});
