import type { Engine } from './execute-operation.ts';
import type { OperationResult } from './operation-result.ts';
import { createSharing, sharingKey } from './sharing.ts';

const texts = new WeakMap<object, { text?: string }>();

/** The data of an answer as JSON; made once when several requests share it. */
export const dataText = (data: OperationResult['data']): string => {
  const shared = data ? texts.get(data) : undefined;
  if (shared === undefined) return JSON.stringify(data ?? null);
  shared.text ??= JSON.stringify(data);
  return shared.text;
};

/**
 * Runs a query that several requests make at the same time once. Its data are then the same object for all of them, which only `dataText`
 * and what counts its cost read; what is cut for somebody is not shared.
 */
export const createOperationSharing = (engine: Engine, isShared: () => boolean): Engine => {
  const share = createSharing<OperationResult>();
  const ids = new WeakMap<object, string>();
  let served = 0;
  return async (supergraph, request) => {
    const { isSharable, operation, authorization, context, queryHash, operationName, variables } = request;
    if (isSharable !== true || operation.operation !== 'query' || authorization !== 'allowed' || !isShared()) return engine(supergraph, request);
    const id = ids.get(supergraph) ?? String(++served);
    ids.set(supergraph, id);
    const { identity, forwardedHeaders: headers, deadline, signal } = context;
    const key = sharingKey([id, queryHash, operationName, JSON.stringify(variables)], { identity, headers, deadline });
    const { result } = await share(key, signal, (shared) => engine(supergraph, { ...request, context: { ...context, signal: shared } }));
    if (result.data && !texts.has(result.data)) texts.set(result.data, {});
    return result;
  };
};
