import { watch } from 'node:fs';
import { join, sep } from 'node:path';
import type { Running } from '@supergraph/service/process';
import { messageOf } from '@supergraph/service/process';
import { describeStartupError, StartupError } from '@supergraph/service/startup-error';
import { describeProblems } from './compose.ts';
import { updateComposedFiles } from './composed-files.ts';
import { type House, type HouseOptions, startHouse } from './house.ts';
import { REST } from './rooms.ts';

const SETTLE_MS = 80;

/** What a saved file asks for. */
interface Work {
  compose: boolean;
  restart: Set<string>;
}

const isSource = (path: string): boolean =>
  /\.(ts|graphql|sql|proto)$/.test(path) && !/\.test\.ts$/.test(path) && !path.includes(`${sep}generated${sep}`);

/** Composes in place; a schema that does not compose leaves the last good file, which the router serves on. */
const recompose = ({ topology }: HouseOptions, { log }: House): boolean => {
  const begun = performance.now();
  const outcome = updateComposedFiles(topology, { write: true });
  if (outcome.problems !== undefined) {
    for (const line of ['✗ composition failed, the last good supergraph is served on', ...describeProblems(outcome.problems).split('\n')])
      log.line('compose', line);
    return false;
  }
  log.line('compose', `composed in ${Math.round(performance.now() - begun)} ms${outcome.stale.length === 0 ? ', nothing changed' : ''}`);
  return true;
};

/**
 * Like `startHouse`, and then watches: a changed room restarts alone, a changed schema is composed and the router
 * swaps it in; a change in packages/ restarts every room.
 */
export const startDev = async (options: HouseOptions): Promise<Running> => {
  const house = await startHouse(options);
  const { topology } = options;
  const pending: Work = { compose: false, restart: new Set() };
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();

  const carryOut = async (): Promise<void> => {
    const { compose, restart } = { compose: pending.compose, restart: [...pending.restart] };
    pending.compose = false;
    pending.restart.clear();
    const composed = !compose || recompose(options, house);
    if (!composed) return;
    await Promise.all(
      restart.map((name) =>
        house.restart(name).then(
          () => house.log.line(name, 'restarted'),
          (error: unknown) => house.log.line(name, error instanceof StartupError ? describeStartupError(error) : `✗ ${messageOf(error)}`),
        ),
      ),
    );
  };
  const later = (change: (work: Work) => void): void => {
    change(pending);
    clearTimeout(timer);
    timer = setTimeout(() => {
      working = working.then(carryOut);
    }, SETTLE_MS);
  };

  const watchers = [
    ...house.rooms.map(({ name, folder }) =>
      watch(folder, { recursive: true }, (_event, path) => {
        if (path === null || !isSource(path)) return;
        later((work) => {
          work.restart.add(name);
          work.compose ||= path.endsWith('.graphql');
          // Who calls a room reads its proto file too.
          if (path.endsWith('.proto')) work.restart.add(REST);
        });
      }),
    ),
    watch(join(topology.root, 'packages'), { recursive: true }, (_event, path) => {
      if (path !== null && isSource(path)) later(({ restart }) => void house.rooms.map(({ name }) => restart.add(name)));
    }),
  ];
  return {
    close: async () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      await working;
      await house.close();
    },
  };
};
