import { ACCESS_TOKEN_LIFETIME_SECONDS } from './session.ts';

/** Keys sign in turn, each until its time has come. Nothing is switched: the next one is published long before it signs. */
export interface SigningKey {
  id: string;
  signsUntil: Date;
}

const DAY_MS = 86_400_000;
// Covers clocks that differ, the verifiers' leeway, and replicas that read the keys up to a minute late.
const RETIREMENT_MARGIN_MS = 300_000;

/** The key that signs now, then the ones that follow it. */
export const liveKeys = <Key extends SigningKey>(keys: readonly Key[], now: Date): Key[] =>
  keys.filter((key) => key.signsUntil > now).sort((a, b) => a.signsUntil.getTime() - b.signsUntil.getTime());

/** Until when each key that must still be made signs, so that there is one that signs and one that follows. */
export const missingKeys = (keys: readonly SigningKey[], now: Date, rotationDays: number): Date[] => {
  const live = liveKeys(keys, now);
  const start = (live.at(-1)?.signsUntil ?? now).getTime();
  return Array.from({ length: Math.max(0, 2 - live.length) }, (_, index) => new Date(start + (index + 1) * rotationDays * DAY_MS));
};

/** False when no token that the key signed can be valid any more. */
export const isPublished = (key: SigningKey, now: Date): boolean =>
  key.signsUntil.getTime() + ACCESS_TOKEN_LIFETIME_SECONDS * 1_000 + RETIREMENT_MARGIN_MS > now.getTime();
