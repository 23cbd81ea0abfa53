import type { Topology } from '../topology.ts';

/** Ports of the house that no subgraph may take (docs/architecture.md). */
const RESERVED = new Set([4000, 4010, 4020, 4021, 4030, 4040, 4090]);
const FIRST = 4001;
const LAST = 4099;

/** The first port that neither the topology nor the house uses; undefined when all are taken. gRPC is a hundred above. */
export const freePort = ({ subgraphs }: Topology): number | undefined => {
  const taken = new Set(subgraphs.map(({ routingUrl }) => Number(new URL(routingUrl).port)));
  for (let port = FIRST; port <= LAST; port++) if (!taken.has(port) && !RESERVED.has(port)) return port;
  return undefined;
};
