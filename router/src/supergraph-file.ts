import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SupergraphManager } from '@apollo/gateway';
import type { Logger } from '@supergraph/service/logging';
import { StartupError } from '@supergraph/service/startup-error';
import { GraphQLError } from 'graphql';
import { createFolderWatch } from './folder-watch.ts';

const MAX_REASON_LENGTH = 400;

/** A supergraph SDL file that is served, watched and, when it changes, swapped in. */
export interface SupergraphFile extends SupergraphManager {
  /** SHA-256 of the SDL being served; undefined until the first is loaded. */
  id(): string | undefined;
  /** One that was refused gets another chance: what stood against it has changed. */
  lookAgain(): void;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Lines of a code frame that graphql prints under a message. */
const FRAME_LINE = /^\s*(\d+\s*)?\|/;

/** Why a file cannot be served, on one line. */
const reasonOf = (error: unknown): string => {
  if (isMissing(error)) return 'it does not exist';
  const [location] = error instanceof GraphQLError ? (error.locations ?? []) : [];
  const position = location === undefined ? '' : `line ${location.line}, column ${location.column}: `;
  const lines = (error instanceof Error ? error.message : String(error)).split('\n').filter((line) => !FRAME_LINE.test(line) && line.trim() !== '');
  return `${position}${lines.join(' ')}`.slice(0, MAX_REASON_LENGTH);
};

const cannotStart = (path: string, error: unknown): StartupError => {
  if (error instanceof StartupError) return error;
  if (isMissing(error))
    return new StartupError(
      `router finds no supergraph at ${path}`,
      'compose one with npm run compose, or name one with --supergraph FILE or ROUTER_SUPERGRAPH',
      error,
    );
  return new StartupError(
    `router cannot serve ${path} as a supergraph: ${reasonOf(error)}`,
    'give it what npm run compose or rover supergraph compose writes',
    error,
  );
};

/**
 * ApolloGateway's supergraph manager for a file, which is watched; what counts is the content. A file that cannot be served is refused
 * with one line in the log, once, and the last good one stays.
 * @param prepare reads the whole SDL and gives what ApolloGateway gets of it; it may refuse by throwing.
 * @param warmUp does what shall be done before the one that was prepared takes over.
 */
export const createSupergraphFile = (path: string, logger: Logger, prepare: (sdl: string) => string, warmUp: () => Promise<void>): SupergraphFile => {
  let servedId: string | undefined;
  let refused: string | undefined;
  let update: ((sdl: string) => void) | undefined;
  let looking = Promise.resolve();
  let isClosed = false;

  const swap = async (sdl: string): Promise<void> => {
    const id = hash(sdl);
    if (id === servedId || id === refused) {
      if (id === servedId) refused = undefined;
      return;
    }
    refused = id;
    const prepared = prepare(sdl);
    await warmUp();
    if (isClosed) return;
    update?.(prepared);
    logger.info({ from: servedId, to: id }, 'supergraph swapped');
    servedId = id;
    refused = undefined;
  };

  const look = async (): Promise<void> => {
    try {
      await swap(await readFile(path, 'utf8'));
    } catch (error) {
      if (isMissing(error) && refused === 'missing') return;
      if (isMissing(error)) refused = 'missing';
      logger.error(`supergraph refused, the last good one serves on: ${path}: ${reasonOf(error)}`);
    }
  };
  /** One look after the other: a file may change while the one before is warmed up. */
  const lookNext = (): Promise<void> => {
    looking = looking.then(look);
    return looking;
  };

  const watch = createFolderWatch({ what: path, look: () => void lookNext(), logger });

  return {
    id: () => servedId,
    lookAgain: () => {
      refused = undefined;
      watch.lookSoon();
    },
    initialize: async (gateway) => {
      try {
        const sdl = await readFile(path, 'utf8');
        const supergraphSdl = prepare(sdl);
        gateway.update(supergraphSdl);
        servedId = hash(sdl);
        update = gateway.update;
        watch.follow([dirname(path)]);
        return {
          supergraphSdl,
          cleanup: async () => {
            isClosed = true;
            watch.close();
          },
        };
      } catch (error) {
        throw cannotStart(path, error);
      }
    },
  };
};
