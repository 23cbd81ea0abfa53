import { createRequire } from 'node:module';

/** What is used here of `PathTree` of @apollo/query-graphs. */
interface PathTree {
  childs: readonly unknown[];
  localSelections: readonly object[] | undefined;
  merge(other: PathTree): PathTree;
  equalsSameRoot(that: PathTree): boolean;
}

const isRepaired = new WeakSet<object>();

const localOf = ({ localSelections = [] }: PathTree): readonly object[] => localSelections;

const repair = (prototype: PathTree): void => {
  const { merge, equalsSameRoot } = prototype;
  prototype.equalsSameRoot = function (that) {
    const [ours, theirs] = [localOf(this), localOf(that)];
    const isSame = ours.length === theirs.length && ours.every((selection, index) => selection === theirs[index]);
    return isSame && equalsSameRoot.call(this, that);
  };
  prototype.merge = function (other) {
    const merged = merge.call(this, other);
    if (this === other || (merged !== this && merged !== other)) return merged;
    const lost = localOf(merged === this ? other : this);
    if (lost.length === 0) return merged;
    return Object.assign(Object.create(prototype) as PathTree, merged, { localSelections: [...localOf(merged), ...lost] });
  };
};

/**
 * The planner of 2.14.4 loses what it has to fetch for context arguments: merged with a tree that has children, a tree without any loses what it
 * selects itself, and two of them count as equal whatever they select. So of `$user { currency { code } }` and `$user { currency { digits } }`,
 * taken by two fields of one object, one value is never fetched. This repairs its class, for planners of supergraphs with contexts.
 */
export const repairPathTrees = (supergraphSdl: string): void => {
  if (!/\bcontextArguments\s*:/.test(supergraphSdl)) return;
  // The very copy that the planner has.
  const fromPlanner = createRequire(import.meta.resolve('@apollo/query-planner'));
  const { prototype } = (fromPlanner('@apollo/query-graphs') as { PathTree: { prototype: PathTree } }).PathTree;
  if (isRepaired.has(prototype)) return;
  isRepaired.add(prototype);
  repair(prototype);
};
