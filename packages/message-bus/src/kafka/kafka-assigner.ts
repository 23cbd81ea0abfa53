import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;
const NAME = 'supergraph-sticky';
const VERSION = 1;

const readOwned = (userData: Buffer | undefined): number[] => {
  try {
    return (JSON.parse(String(userData)) as number[]).filter(Number.isInteger);
  } catch {
    return [];
  }
};

/** Who reads which partition: everybody keeps what they have, as far as the shares stay even. */
export const shareOut = (partitions: readonly number[], members: ReadonlyMap<string, readonly number[]>): Map<string, number[]> => {
  const ids = [...members.keys()].toSorted();
  const free = new Set(partitions);
  const least = Math.floor(partitions.length / ids.length);
  let larger = partitions.length % ids.length;
  const shares = new Map<string, number[]>();
  for (const id of ids) {
    const owned = (members.get(id) ?? []).filter((partition) => free.has(partition));
    const keeps = owned.length > least && larger > 0 ? least + 1 : least;
    if (keeps > least) larger--;
    const kept = owned.slice(0, keeps);
    for (const partition of kept) free.delete(partition);
    shares.set(id, kept);
  }
  for (const partition of free) {
    const [, smallest] = [...shares].reduce((a, b) => (b[1].length < a[1].length ? b : a));
    smallest.push(partition);
  }
  return shares;
};

export interface AssignerOptions {
  topic: string;
  /** The partitions this process reads. */
  owned: () => readonly number[];
  /** Asked before each joining; while it says no, the joining is put off. */
  mayJoin: () => boolean;
}

/** Refused in the way in which kafkajs tries again. */
const notYet = (): Error => Object.assign(new Error('handlers are still running'), { type: 'REBALANCE_IN_PROGRESS' });

/** kafkajs has neither a sticky assigner nor a call-back before partitions are taken away; its interface for assigners gives both. */
export const createStickyAssigner =
  ({ topic, owned, mayJoin }: AssignerOptions): PartitionAssigner =>
  ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => {
      if (!mayJoin()) throw notYet();
      return { name: NAME, metadata: MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.from(JSON.stringify(owned())) }) };
    },
    assign: async ({ members }) => {
      const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      const claims = new Map(members.map(({ memberId, memberMetadata }) => [memberId, readOwned(MemberMetadata.decode(memberMetadata)?.userData)]));
      return [...shareOut(partitions, claims)].map(([memberId, share]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({ version: VERSION, assignment: { [topic]: share }, userData: Buffer.alloc(0) }),
      }));
    },
  });
