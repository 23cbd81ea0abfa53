import { isDeepStrictEqual } from 'node:util';
import type { Identity } from '@supergraph/identity/identity';
import type { RateLimiter, RateLimitPolicy } from '@supergraph/identity/rate-limiter';
import type { RateLimitConnection } from '@supergraph/identity/rate-limiter-connection';
import { createRateLimiter } from '@supergraph/identity/rate-limiter-factory';
import { remoteKeys } from '@supergraph/identity/remote-keys';
import { createTokenVerifier, type TokenIssuer, type TokenVerifier } from '@supergraph/identity/token-verifier';
import { WHOLE_GRAPH } from '../settings/contract-view.ts';
import type { RouterSettings } from '../settings/router-settings.ts';
import { type GuardsInForce, putContractInForce, putInForce } from './guards-in-force.ts';

/** What the settings decide, made anew when they change while requests that began under the old ones go on with those. */
export interface SettingsInForce {
  /** Of a contract; those of the whole graph for one that is not there any more. */
  guards: (contract?: string) => GuardsInForce;
  verifyToken: (authorization: string | undefined) => Promise<Identity>;
  change: (settings: RouterSettings) => void;
}

const issuersOf = ({ identity }: RouterSettings, standard: readonly TokenIssuer[]): readonly TokenIssuer[] =>
  identity.issuers.length === 0 ? standard : identity.issuers.map(({ jwksUrl, ...issuer }) => ({ ...issuer, keys: remoteKeys(jwksUrl) }));

export interface SettingsInForceOptions {
  settings: RouterSettings;
  /** Used when the settings name no issuers. */
  tokenIssuers: readonly TokenIssuer[];
  /** Where replicas share what they count. */
  rateLimitConnection: RateLimitConnection | undefined;
}

export const createSettingsInForce = ({ settings, tokenIssuers, rateLimitConnection: connection }: SettingsInForceOptions): SettingsInForce => {
  const limiters = new Map<string, RateLimiter>();
  /** What was counted is not forgotten because another setting changed. */
  const limiterOf = (policy: RateLimitPolicy): RateLimiter => {
    const key = JSON.stringify(policy);
    const limiter = limiters.get(key) ?? createRateLimiter({ ...policy, connection });
    limiters.set(key, limiter);
    return limiter;
  };
  const verifierOf = (current: RouterSettings): TokenVerifier => createTokenVerifier({ issuers: issuersOf(current, tokenIssuers) });
  const putAllInForce = (current: RouterSettings): ReadonlyMap<string, GuardsInForce> => {
    const whole = putInForce(current, limiterOf);
    const contracts = Object.keys(current.contracts).map((name) => [name, putContractInForce(whole, name, limiterOf)] as const);
    return new Map([[WHOLE_GRAPH, whole], ...contracts]);
  };
  let current = settings;
  let inForce = putAllInForce(settings);
  const guards = (contract = WHOLE_GRAPH): GuardsInForce => (inForce.get(contract) ?? inForce.get(WHOLE_GRAPH)) as GuardsInForce;
  let verifyToken = verifierOf(settings);
  return {
    guards,
    verifyToken: (authorization) => verifyToken(authorization),
    change: (changed) => {
      // Keys that are known need not be fetched again because a limit changed.
      if (!isDeepStrictEqual(changed.identity, current.identity)) verifyToken = verifierOf(changed);
      inForce = putAllInForce(changed);
      current = changed;
    },
  };
};
