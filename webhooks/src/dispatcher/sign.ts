import { Webhook } from 'standardwebhooks';

export interface Message {
  /** Stable over all attempts. */
  id: string;
  /** Of this attempt: receivers refuse what is more than five minutes old. */
  at: Date;
  body: string;
}

/**
 * The three headers of Standard Webhooks. Every secret signs, so that receivers which have not changed theirs yet go on verifying.
 * @param secrets `whsec_…`, at least one.
 */
export const signedHeaders = ({ id, at, body }: Message, secrets: readonly string[]): Record<string, string> => {
  if (secrets.length === 0) throw new Error('the endpoint has no signing key');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
};
