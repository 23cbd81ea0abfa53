import { join } from 'node:path';
import type { Logger } from '@supergraph/service/logging';
import { createFolderWatch } from '../folder-watch.ts';
import type { PersistedDocument } from './manifest-file.ts';
import { type Documents, readClients, stateOfClients } from './manifest-folder.ts';

/** Which clients each contract serves. */
export type ClientsByContract = ReadonlyMap<string, readonly string[]>;

export interface PersistedDocuments {
  /** A document that a client of the contract may send, by its hash. */
  find(contract: string, hash: string): PersistedDocument | undefined;
  /** All of them. */
  all(): { contract: string; hash: string; text: string }[];
  /** @throws StartupError when a manifest is broken: then everything stays as it is. */
  change(clients: ClientsByContract): void;
  close(): void;
}

export interface PersistedDocumentsOptions {
  /** It has a folder for each client, with its manifests. */
  folder: string;
  clients: ClientsByContract;
  logger: Logger;
}

/**
 * The operations of the manifests, read again when they change. A broken one is refused with one line in the log, and the last good ones stay.
 * @throws StartupError when one is broken at the start.
 */
export const createPersistedDocuments = ({ folder, clients, logger }: PersistedDocumentsOptions): PersistedDocuments => {
  let served = clients;
  let byClient: ReadonlyMap<string, Documents> = new Map();
  let seen = '';
  let isClosed = false;

  const names = (of: ClientsByContract): Set<string> => new Set([...of.values()].flat());

  const load = (of: ClientsByContract): void => {
    const state = stateOfClients(folder, names(of));
    // What is broken is told once.
    seen = state;
    byClient = readClients(folder, names(of));
    served = of;
  };

  const look = (): void => {
    if (isClosed || stateOfClients(folder, names(served)) === seen) return;
    try {
      load(served);
      logger.info({ clients: [...names(served)] }, 'manifests reloaded');
    } catch (error) {
      logger.error(`manifests refused, the last good ones stay: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const watch = createFolderWatch({ what: folder, look, logger });
  const watchAll = (): void => watch.follow([...names(served)].map((client) => join(folder, client)));

  load(clients);
  watchAll();

  return {
    find: (contract, hash) => {
      for (const client of served.get(contract) ?? []) {
        const document = byClient.get(client)?.get(hash);
        if (document !== undefined) return document;
      }
      return undefined;
    },
    all: () =>
      [...served].flatMap(([contract, of]) =>
        of.flatMap((client) => [...(byClient.get(client) ?? [])].map(([hash, { text }]) => ({ contract, hash, text }))),
      ),
    change: (changed) => {
      const before = { served, seen };
      try {
        load(changed);
        watchAll();
      } catch (error) {
        ({ served, seen } = before);
        throw error;
      }
    },
    close: () => {
      isClosed = true;
      watch.close();
    },
  };
};
