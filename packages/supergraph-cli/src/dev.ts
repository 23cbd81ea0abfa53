import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { Running } from '@supergraph/service/process';
import { messageOf } from '@supergraph/service/process';
import { describeStartupError, StartupError } from '@supergraph/service/startup-error';
import { LIFELINE } from './child.ts';
import { updateComposedFiles } from './composed-files.ts';
import { createBackOff } from './dev/back-off.ts';
import { createChangedContent } from './dev/changed-content.ts';
import { describeWithFrames } from './dev/code-frame.ts';
import { createCodegenWatch } from './dev/codegen-watch.ts';
import { listenToKeys, SHORTCUTS_LINE } from './dev/shortcuts.ts';
import { createWorkQueue } from './dev/work-queue.ts';
import { type HouseOptions, startHouse } from './house.ts';
import { isBff, REST, ROUTER } from './rooms.ts';
import { readTopology } from './topology.ts';

export interface DevOptions extends HouseOptions {
  /** Absolute path of the topology's file. */
  configFile: string;
}

const GENERATED = `${sep}generated${sep}`;

const isSource = (path: string): boolean => /\.(ts|graphql|sql|proto)$/.test(path) && !/\.test\.ts$/.test(path) && !path.includes(GENERATED);

/**
 * Like `startHouse`, and then watches: a changed room restarts alone, a changed schema is composed and the router
 * swaps it in; a change in packages/ restarts every room; a changed topology starts and stops rooms.
 */
export const startDev = async (options: DevOptions): Promise<Running> => {
  const { configFile, write } = options;
  let { topology } = options;
  const backOff = createBackOff();
  const revivals = new Map<string, NodeJS.Timeout>();
  const revive = (name: string): void => {
    const wait = backOff.next(name);
    if (wait === undefined) {
      house.log.line(name, '✗ died too often; it starts again when a file of it is saved');
      return;
    }
    house.log.line(name, `starts again in ${wait / 1_000} s`);
    clearTimeout(revivals.get(name));
    revivals.set(
      name,
      setTimeout(() => queue.later(`revive ${name}`, (work) => work.restart.add(name)), wait),
    );
  };
  const house = await startHouse({ ...options, onEnded: (name) => revive(name) });
  const codegen = createCodegenWatch(topology.root, LIFELINE, (line) => house.log.line('codegen', line));
  const isChanged = createChangedContent();

  /** In place; a schema that does not compose leaves the last good file, which the router serves on. */
  const recompose = (askedAt: number): boolean => {
    const begun = performance.now();
    const outcome = updateComposedFiles(topology, { write: true });
    if (outcome.problems !== undefined) {
      for (const line of ['✗ composition failed, the last good supergraph is served on', ...describeWithFrames(topology.root, outcome.problems)])
        house.log.line('compose', line);
      return false;
    }
    const now = performance.now();
    const after = `written ${Math.round(now - askedAt)} ms after the save`;
    house.log.line('compose', `composed in ${Math.round(now - begun)} ms, ${outcome.stale.length === 0 ? 'nothing changed' : after}`);
    return true;
  };
  const tellFailure = (name: string, error: unknown): void =>
    house.log.line(name, error instanceof StartupError ? describeStartupError(error) : `✗ ${messageOf(error)}`);

  const queue = createWorkQueue({
    isChanged,
    recompose,
    codegen: codegen.request,
    restart: async (name) => {
      clearTimeout(revivals.get(name));
      await house.restart(name);
      house.log.line(name, 'restarted');
    },
    load: () => {
      topology = readTopology(configFile);
    },
    follow: async () => {
      const changed = await house.follow(topology);
      watchRooms();
      if (changed.length > 0) house.log.line('compose', `supergraph.yaml: ${changed.join(', ')} started or stopped, the router knows`);
    },
    tellFailure,
  });

  const roomWatchers = new Map<string, FSWatcher>();
  const watchRooms = (): void => {
    for (const [folder, watcher] of roomWatchers)
      if (!house.rooms.some((room) => room.folder === folder)) {
        watcher.close();
        roomWatchers.delete(folder);
      }
    for (const { name, folder } of house.rooms) {
      if (roomWatchers.has(folder)) continue;
      const watcher = watch(folder, { recursive: true }, (_event, path) => {
        if (path === null || !(isSource(path) || (isBff(name) && path.includes(GENERATED)))) return;
        if (isBff(name) && path.endsWith('.graphql')) return house.log.line(name, `${path} changed: npm run manifests writes its types and its id`);
        queue.later(join(folder, path), (work) => {
          work.restart.add(name);
          if (path.endsWith('.graphql')) work.compose.add(name);
          // Who calls a room reads its proto file too.
          if (path.endsWith('.proto')) work.restart.add(REST);
        });
      });
      watcher.on('error', (error) => tellFailure(name, error));
      roomWatchers.set(folder, watcher);
    }
  };
  watchRooms();
  const packages = join(topology.root, 'packages');
  const others = [
    watch(packages, { recursive: true }, (_event, path) => {
      if (path !== null && isSource(path)) queue.later(join(packages, path), ({ restart }) => void house.rooms.map(({ name }) => restart.add(name)));
    }),
    // The folder, because editors replace the file.
    watch(dirname(configFile), (_event, path) => {
      if (path !== basename(configFile)) return;
      queue.later(configFile, (work) => {
        work.follow = true;
      });
    }),
  ];
  const tellKeys = (): void => write(`  ${SHORTCUTS_LINE}\n\n`);
  const stopListening = listenToKeys(process.stdin, {
    r: () => queue.later('key r', ({ restart }) => void [...house.rooms.map(({ name }) => name), ROUTER].map((name) => restart.add(name))),
    c: () => queue.later('key c', ({ compose }) => void compose.add('')),
    o: () => write(house.banner),
    h: tellKeys,
    q: () => void process.kill(process.pid, 'SIGINT'),
  });
  if (process.stdin.isTTY) tellKeys();
  isChanged(configFile);
  // The composer is compiled now, not at the first save.
  updateComposedFiles(topology, { write: false });
  return {
    close: async () => {
      stopListening();
      for (const timer of revivals.values()) clearTimeout(timer);
      for (const watcher of [...roomWatchers.values(), ...others]) watcher.close();
      codegen.close();
      // A room that is just starting is stopped, not waited for.
      const done = queue.close();
      await house.close();
      await done;
    },
  };
};
