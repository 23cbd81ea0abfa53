import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { StartupError } from '@supergraph/service/startup-error';

/** Keeps the secrets of endpoints unreadable for whoever reads the database or its backups. */
export interface KeyCipher {
  /** @param endpointId whose secret it is: sealed for one endpoint, it cannot be opened for another. */
  seal(secret: string, endpointId: string): Buffer;
  /** @throws StartupError when it was sealed with another WEBHOOKS_KEY_SECRET, or for another endpoint. */
  open(sealed: Buffer, endpointId: string): string;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const wrongSecret = (cause: unknown): StartupError =>
  new StartupError(
    'the keys in the webhooks database were made with another WEBHOOKS_KEY_SECRET',
    'set WEBHOOKS_KEY_SECRET to the value they were made with; if it is lost, owners have to register their endpoints anew',
    cause,
  );

export const createKeyCipher = (secret: string): KeyCipher => {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'supergraph webhook signing keys', 32));
  return {
    seal: (text, endpointId) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(endpointId));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open: (sealed, endpointId) => {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      try {
        const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(endpointId)).setAuthTag(tag);
        return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
      } catch (error) {
        throw wrongSecret(error);
      }
    },
  };
};

/** A signing secret in the form of Standard Webhooks: 32 random bytes. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
