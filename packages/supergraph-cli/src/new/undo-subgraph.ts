import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import type { Topology } from '../topology.ts';
import { changedFiles, readRecord, removeRecord } from './creation-record.ts';
import { compose, generate } from './generated-files.ts';
import { refuseCommitted } from './refuse-committed.ts';
import { unregistered } from './registrations.ts';
import { prefixOf } from './subgraph-names.ts';

const KEBAB = /^[a-z][a-z0-9-]*$/;

/**
 * Takes back what `supergraph new subgraph` made: its folders, its entries, its link; composes and generates without it.
 * @throws StartupError when it was committed, or when `force` is not given and its files were changed since or git cannot tell.
 */
export const undoSubgraph = async (topology: Topology, room: string, force: boolean): Promise<void> => {
  const { root } = topology;
  const record = KEBAB.test(room) ? readRecord(root, room) : undefined;
  const command = `supergraph new --undo ${room}`;
  const entry = topology.subgraphs.find(({ name }) => name === room);
  // Without its entry but with its record: an undo that failed half-way.
  const isOurs = entry === undefined ? record !== undefined : entry.folder === join(root, 'subgraphs', room);
  if (!isOurs) throw new StartupError(`there is no subgraph '${room}' in subgraphs/`, 'nothing to take back');
  const folders = [`subgraphs/${room}`, `tests/scenarios/${room}`];
  await refuseCommitted(root, { path: folders[0] as string, revert: 'take the commit back: git revert COMMIT, then npm install', command, force });
  const changed = record === undefined ? ['no record of how it was made'] : changedFiles(root, record);
  if (changed.length > 0 && !force)
    throw new StartupError(
      `subgraphs/${room} was worked on since it was made: ${changed.join(', ')}`,
      `to delete it all the same: ${command} --force`,
    );
  for (const [path, text] of unregistered(root, { room, prefix: prefixOf(room) })) writeFileSync(join(root, path), text);
  for (const folder of folders) rmSync(join(root, folder), { recursive: true, force: true });
  rmSync(join(root, 'node_modules', '@supergraph', room), { force: true });
  compose(root);
  await generate(root);
  removeRecord(root, room);
};
