import type { Envelope } from '@supergraph/events/envelope';

const REQUIRED = ['id', 'source', 'type', 'subject', 'time'] as const;

/** The event in a message, or undefined when somebody else wrote the message. Its data is checked by whoever handles it. */
export const parseEnvelope = (json: string): Envelope | undefined => {
  try {
    const envelope = JSON.parse(json) as Envelope;
    return REQUIRED.every((name) => typeof envelope[name] === 'string') ? envelope : undefined;
  } catch {
    return undefined;
  }
};
