import { performance } from 'node:perf_hooks';
import { copyAnswer } from '../subgraphs/read-answer.ts';
import type { SubgraphRequest, SubgraphTraffic } from '../subgraphs/subgraph-client.ts';
import type { SubgraphAnswer } from '../subgraphs/subgraph-failure.ts';
import { createSharing, sharingKey } from './sharing.ts';

export interface SharedFetch {
  /** The subgraph with where it is. */
  subgraph: () => string;
  request: SubgraphRequest;
  traffic: Pick<SubgraphTraffic, 'share' | 'timeoutMs'>;
  /** Sends it. */
  send: (request: SubgraphRequest) => Promise<SubgraphAnswer>;
}

const keyOf = ({ subgraph, request, traffic }: SharedFetch): string => {
  const { query, operationName, variables, variablesText = JSON.stringify(variables), identity, headers } = request;
  // The planner names operations after the client's: the name is no part of what is asked.
  const operation = operationName === undefined ? query : query.replace(operationName, '');
  const deadline = Math.min(request.deadline, performance.now() + traffic.timeoutMs);
  return sharingKey([subgraph(), operation, variablesText], { identity, headers, deadline });
};

/** Sends a query that several requests make at the same time once, where its subgraph allows that; never a mutation, nor what is read for one. */
export const createFetchSharing = () => {
  const share = createSharing<SubgraphAnswer>();
  const sendShared = async (fetch: SharedFetch, signal: AbortSignal): Promise<SubgraphAnswer> => {
    const { request, send } = fetch;
    const { result, isFirst } = await share(keyOf(fetch), signal, (shared) => send({ ...request, signal: shared }));
    // Each request goes on changing its data.
    return isFirst ? result : copyAnswer(result);
  };
  return (fetch: SharedFetch): Promise<SubgraphAnswer> => {
    const { request, traffic, send } = fetch;
    const { signal } = request;
    return !traffic.share || request.kind !== 'query' || request.isFresh || signal === undefined ? send(request) : sendShared(fetch, signal);
  };
};
