import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { ERROR_KINDS } from '@supergraph/errors';
import type { Logger } from '@supergraph/service/logging';
import { SUBGRAPH_FAILURES, type SubgraphAnswer, type SubgraphFailure, type SubgraphFailureCode } from './subgraph-failure.ts';

export interface FailureReportOptions {
  name: string;
  url: string;
  logger: Logger;
}

/** Refusals come by the thousand when a subgraph is down: one line, and one reference, a second. */
const REFUSALS = new Set<SubgraphFailureCode>(['SUBGRAPH_CIRCUIT_OPEN', 'SUBGRAPH_OVERLOADED']);
const SHARED_FOR_MS = 1_000;

/** Logs a failure whole, and makes of it the answer that a client may see: its message, its code, a reference into the log. */
export const createFailureReport = ({ name, url, logger }: FailureReportOptions) => {
  const shared = new Map<SubgraphFailureCode, { reference: string; until: number }>();

  const logged = (failure: SubgraphFailure): string => {
    const now = performance.now();
    const recent = REFUSALS.has(failure.code) ? shared.get(failure.code) : undefined;
    if (recent !== undefined && now < recent.until) return recent.reference;
    const reference = randomUUID();
    if (REFUSALS.has(failure.code)) shared.set(failure.code, { reference, until: now + SHARED_FOR_MS });
    logger[failure.abandoned ? 'debug' : 'error']({ err: failure, subgraph: name, url, reference }, 'subgraph unavailable');
    return reference;
  };

  return (failure: SubgraphFailure, path: readonly (string | number)[]): SubgraphAnswer => ({
    data: null,
    errors: [
      {
        message: `The subgraph "${name}" ${SUBGRAPH_FAILURES[failure.code]}`,
        path,
        extensions: { code: failure.code, kind: ERROR_KINDS.unavailable.graphql, reference: logged(failure) },
      },
    ],
  });
};
