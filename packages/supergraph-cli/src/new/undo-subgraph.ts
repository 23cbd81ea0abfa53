import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import type { Topology } from '../topology.ts';
import { changedFiles, readRecord, removeRecord } from './creation-record.ts';
import { compose, generate } from './generated-files.ts';
import { isCommitted } from './is-committed.ts';
import { unregistered } from './registrations.ts';
import { prefixOf } from './subgraph-names.ts';

/**
 * Takes back what `supergraph new subgraph` made: its folders, its entries, its link; composes and generates without it.
 * @throws StartupError when it was committed, or when its files were changed since and `force` is not given.
 */
export const undoSubgraph = async (topology: Topology, room: string, force: boolean): Promise<void> => {
  const { root } = topology;
  if (!topology.subgraphs.some(({ name, folder }) => name === room && folder === join(root, 'subgraphs', room)))
    throw new StartupError(`there is no subgraph '${room}' in subgraphs/`, 'nothing to take back');
  const folders = [`subgraphs/${room}`, `tests/scenarios/${room}`];
  if (await isCommitted(root, folders[0] as string))
    throw new StartupError(`subgraphs/${room} is committed`, 'take the commit back: git revert COMMIT, then npm install');
  const record = readRecord(root, room);
  const changed = record === undefined ? ['no record of how it was made'] : changedFiles(root, record);
  if (changed.length > 0 && !force)
    throw new StartupError(
      `subgraphs/${room} was worked on since it was made: ${changed.join(', ')}`,
      `to delete it all the same: supergraph new --undo ${room} --force`,
    );
  for (const [path, text] of unregistered(root, { room, prefix: prefixOf(room) })) writeFileSync(join(root, path), text);
  for (const folder of folders) rmSync(join(root, folder), { recursive: true, force: true });
  rmSync(join(root, 'node_modules', '@supergraph', room), { force: true });
  compose(root);
  await generate(root);
  removeRecord(root, room);
};
