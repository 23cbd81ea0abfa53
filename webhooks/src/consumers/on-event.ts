import type { Envelope } from '@supergraph/events/envelope';
import type { Caller } from '@supergraph/identity/caller';
import type { Handler } from '@supergraph/message-bus/message-bus';

export interface OnEventOptions {
  /** The use case, which answers how many deliveries are new. */
  takeEvent: (caller: Caller, envelope: Envelope) => Promise<number>;
  /** Told when there is something to send. */
  wake: () => void;
}

/** An event becomes one delivery for each endpoint that wants it; redelivered, it finds them there. */
export const onEvent =
  ({ takeEvent, wake }: OnEventOptions): Handler =>
  async ({ envelope }) => {
    const added = await takeEvent({ role: 'service', name: envelope.source }, envelope);
    if (added > 0) wake();
  };
