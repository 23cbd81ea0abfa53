import type { Identity } from './identity.ts';

/** What a service of ours does for somebody who is not there; the user subgraph issues tokens for these and no others. */
const PURPOSES = ['webhook', 'order-command'] as const;
export type Purpose = (typeof PURPOSES)[number];

/**
 * The `purpose` claim of a delegated token; undefined for a person's own token, and for a purpose that does not exist: an issuer must not be able
 * to make up as many as it likes, each with rate limits of its own.
 */
export const purposeOf = ({ claims }: Pick<Identity, 'claims'>): Purpose | undefined => PURPOSES.find((purpose) => purpose === claims['purpose']);

/**
 * Header, with the value `true`, of a request under a delegated token that wants an operation checked and not run: its size, whether it fits the
 * schema, what of it the person may not see (everything, also what would stand below a null) and what it costs.
 */
export const DRY_RUN_HEADER = 'x-dry-run';
