import type { Answer } from '../egress/send.ts';

/** `gone`: the receiver wants no more of anything. */
export type Verdict = 'delivered' | 'failed' | 'gone';

/** An endpoint is given up after nothing but failure for this long. */
export const GIVE_UP_AFTER_MS = 5 * 86_400_000;

/** Only 2xx is a receipt; a redirect would lead around the owner's registration. */
export const verdictOf = ({ statusCode }: Pick<Answer, 'statusCode'>): Verdict => {
  if (statusCode === 410) return 'gone';
  return statusCode !== null && statusCode >= 200 && statusCode < 300 ? 'delivered' : 'failed';
};

const mayAskForPatience = (statusCode: number | null): boolean => statusCode === 429 || statusCode === 503;

/** Seconds the receiver asks to wait: a number, or a date (RFC 9110, 10.2.3). Undefined when it does not, or not understandably. */
export const retryAfterSeconds = ({ statusCode, retryAfter }: Pick<Answer, 'statusCode' | 'retryAfter'>, now: Date): number | undefined => {
  if (retryAfter === undefined || !mayAskForPatience(statusCode)) return undefined;
  if (/^\d{1,10}$/.test(retryAfter.trim())) return Number(retryAfter);
  const at = Date.parse(retryAfter);
  // Years and other numbers also parse as dates.
  return Number.isNaN(at) || !/^[A-Z][a-z]{2}, .+ GMT$/.test(retryAfter) ? undefined : Math.max(0, (at - now.getTime()) / 1_000);
};
