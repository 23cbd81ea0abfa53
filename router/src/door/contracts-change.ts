import type { ContractFilters } from '../gateway/contract-schemas.ts';
import type { SupergraphGateway } from '../gateway/supergraph-gateway.ts';
import type { PersistedDocuments } from '../persisted/persisted-documents.ts';
import { clientsByContract, introspectionOf, WHOLE_GRAPH } from '../settings/contract-view.ts';
import type { RouterSettings } from '../settings/router-settings.ts';
import type { ContractServers } from './contract-servers.ts';
import type { SettingsInForce } from './settings-in-force.ts';

/** A contract whose schema can be asked for no more forgets the operations that ask for it. */
export const filtersOf = (settings: RouterSettings, standard: boolean): ContractFilters =>
  Object.fromEntries(
    Object.entries(settings.contracts).map(([name, { include, exclude }]) => [
      name,
      { include, exclude, introspection: introspectionOf(settings, name, standard) },
    ]),
  );

/** Whether the schema can be asked for, by contract; that of the whole graph does not change while the router runs. */
export const introspectionOfAll = (settings: RouterSettings, standard: boolean): ReadonlyMap<string, boolean> =>
  new Map([WHOLE_GRAPH, ...Object.keys(settings.contracts)].map((name) => [name, introspectionOf(settings, name, standard)]));

export interface ContractsChangeOptions {
  supergraph: Pick<SupergraphGateway, 'changeContracts'>;
  persisted: Pick<PersistedDocuments, 'change'>;
  servers: Pick<ContractServers, 'change'>;
  inForce: Pick<SettingsInForce, 'guards' | 'change'>;
  showsSchema: boolean;
  onError: (error: unknown) => void;
}

/** Puts new settings in force, contracts and manifests included: all of it, or by throwing nothing. */
export const createContractsChange =
  ({ supergraph, persisted, servers, inForce, showsSchema, onError }: ContractsChangeOptions) =>
  (settings: RouterSettings): void => {
    const before = inForce.guards().settings;
    persisted.change(clientsByContract(settings));
    try {
      supergraph.changeContracts(filtersOf(settings, showsSchema));
    } catch (error) {
      persisted.change(clientsByContract(before));
      throw error;
    }
    inForce.change(settings);
    servers.change(introspectionOfAll(settings, showsSchema)).catch(onError);
  };
