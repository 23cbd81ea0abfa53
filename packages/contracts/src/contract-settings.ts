import { z } from 'zod';

export const TAG = /^[a-zA-Z0-9_/-]{1,128}$/;

const tag = z.string().regex(TAG, 'expected a tag: 1 to 128 letters, digits, -, _ and /');
const tags = z.array(tag).max(100).default([]);

/** A contract's name is the first part of its URL: `/mobile/graphql`. */
export const CONTRACT_NAME = /^(?!(?:graphql|health)$)[a-z][a-z0-9-]{0,31}$/;

/** Which tagged elements of the supergraph a contract shows, as `contracts.<name>` of `router.yaml` says. */
export const contractFilterShape = z.object({
  /** When it names any: fields of objects and interfaces, and unions, without one of these tags are hidden. */
  include: tags,
  /** Whatever carries one of these tags is hidden, included or not. */
  exclude: tags,
});

export type ContractFilter = z.infer<typeof contractFilterShape>;

/** A client's name is a folder below `clients/`. */
export const CLIENT_NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** A contract as far as more than the router needs it: its filter, and the clients that it serves. */
export const contractShape = contractFilterShape.extend({
  /** Whose manifests of operations belong to the contract. */
  clients: z.array(z.string().regex(CLIENT_NAME, 'expected the name of a folder below clients/')).max(100).default([]),
});

export type Contract = z.infer<typeof contractShape>;

const settingsShape = z.object({
  contracts: z
    .record(z.string().regex(CONTRACT_NAME, 'expected a contract name: a small letter, then small letters, digits and -, at most 32'), contractShape)
    .nullish(),
});

/**
 * The contracts of a router's settings, by name; the settings' other parts are the router's business.
 * @param settings the content of `router.yaml`, parsed; an empty file is null.
 * @throws ZodError
 */
export const contractsOf = (settings: unknown): Readonly<Record<string, Contract>> => settingsShape.parse(settings ?? {}).contracts ?? {};
