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

const settingsShape = z.object({
  contracts: z
    .record(
      z.string().regex(CONTRACT_NAME, 'expected a contract name: a small letter, then small letters, digits and -, at most 32'),
      contractFilterShape,
    )
    .nullish(),
});

/**
 * The contracts of a router's settings, by name; the settings' other parts are the router's business.
 * @param settings the content of `router.yaml`, parsed; an empty file is null.
 * @throws ZodError
 */
export const contractsOf = (settings: unknown): Readonly<Record<string, ContractFilter>> => settingsShape.parse(settings ?? {}).contracts ?? {};
