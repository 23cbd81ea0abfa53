import { z } from 'zod';

/** How the sandbox treats what it is asked from now on. */
export const behaviourSchema = z.strictObject({
  /** What becomes of a payment. */
  outcome: z.enum(['settle', 'fail']),
  /** What a payment that fails says. */
  reason: z.string().min(1).max(200),
  /** From a request to its callback. */
  delayMs: z.int().min(0).max(600_000),
  /** How often each callback is sent in all, with the same id. */
  repeat: z.int().min(1).max(100),
  /** Callbacks wait for each other for half a second, and the newest goes first. */
  reorder: z.boolean(),
  /** Added to the amount that callbacks tell, for a provider that gets it wrong. */
  amountError: z.int().min(-1_000_000).max(1_000_000),
  /** So many requests are answered 503 first. */
  unavailable: z.int().min(0).max(1_000_000),
});

export type Behaviour = z.infer<typeof behaviourSchema>;

/** As a provider behaves on a good day. */
export const usualBehaviour = (delayMs: number): Behaviour => ({
  outcome: 'settle',
  reason: 'The card was declined.',
  delayMs,
  repeat: 1,
  reorder: false,
  amountError: 0,
  unavailable: 0,
});
